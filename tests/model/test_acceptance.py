"""What a system accepted in nonce order, by the lifecycle table alone, lands: however late, whoever came between."""

from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.lives import Acceptor, Meddling, Stranger, examples, meddlings, numbers, pauses
from tests.support.entries import Entry, complaint_id
from tests.support.registry import Registry
from tests.support.spec import DAY, MAX_ESCALATIONS, EventType, Status

COMPLAINTS = (1, 2, 3)

Chunks = list[tuple[int, int, list[Meddling]]]  # entries, seconds, what comes between


@pytest.fixture(scope="module", params=[0, DAY], ids=["no_default", "default_of_a_day"])
def registry_with_clock(request: pytest.FixtureRequest, deploy_registry: Callable[..., Registry]) -> Registry:
    return deploy_registry(defaultSLA=request.param, escalationInterval=3600, maxEscalationLevel=5)


@examples(20)
@given(
    drawn=st.lists(st.tuples(st.sampled_from(range(len(COMPLAINTS))), numbers), min_size=1, max_size=40),
    chunks=st.lists(st.tuples(st.integers(1, 15), pauses, meddlings), min_size=1, max_size=6),
)
def test_entries__accepted_in_nonce_order__all_land(
    registry_with_clock: Registry, drawn: list[tuple[int, int]], chunks: Chunks
) -> None:
    registry, node = registry_with_clock, registry_with_clock.node
    accepted_at = node.time
    acceptors = [Acceptor(complaint_id(number, registry.actors.complainant)) for number in COMPLAINTS]
    waiting = iter([acceptors[which].accept(number, accepted_at) for which, number in drawn])
    landed_entries: list[Entry] = []
    stranger = Stranger(registry, COMPLAINTS, landed_entries)
    with node.undone():
        for size, pause, between in [*chunks, (len(drawn), DAY, [])]:
            for meddling in between:
                stranger.meddle(meddling, node.time + pause)
            # A batch names a complaint in one run; Python's sort keeps the order within it.
            batch = sorted(islice(waiting, size), key=lambda entry: entry.complaint_id)
            sent = registry.record_batch(batch, at=node.time + pause)
            assert sent.skipped == ()
            landed_entries += batch
        for acceptor in acceptors:
            state = registry.complaint(acceptor.complaint)
            assert (state.nonce, state.status) == (acceptor.nonce, acceptor.status)
        assert len(landed_entries) == len(drawn)


def test_entries__accepted_before_the_255th_miss__land_but_for_a_deadline(registry_with_clock: Registry) -> None:
    """The one exception, and what is behind the deadline waits for it."""
    registry = registry_with_clock
    complaint = registry.create(complaint_id(1, registry.actors.complainant))
    count = registry.complaint(complaint).event_count + MAX_ESCALATIONS - 1
    deadline = registry.node.time + DAY
    registry.force(complaint, escalations=MAX_ESCALATIONS - 1, event_count=count, sla_deadline=deadline)
    entries = [
        Entry(complaint, EventType.SLA_DEADLINE_SET, (deadline + DAY).to_bytes(32), 1),
        Entry(complaint, EventType.NOTED, bytes(32), 2),
    ]
    with registry.node.undone():
        assert registry.record_batch(entries, at=deadline).skipped == ()
    sent = registry.record_batch(entries, at=deadline + 1)
    reasons = [event.args["reason"] for event in sent.skipped]
    assert reasons == [registry.selector("DeadlineOutOfRange"), registry.selector("PredecessorSkipped")]
    assert sent.links == ()
    note = Entry(complaint, EventType.NOTED, bytes(32), 1)  # how the deadline is given up
    sent = registry.record_batch([note, *[entry.but(nonce=2) for entry in entries[1:]]], at=deadline + 1)
    assert sent.skipped == ()
    state = registry.complaint(complaint)
    assert (state.status, state.escalations, state.sla_deadline) == (Status.OPEN, MAX_ESCALATIONS, 0)
