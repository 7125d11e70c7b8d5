"""What those without a role can do: no order of calls moves a nonce, and none loses or hides a breach."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.lives import Acceptor, Landed, Meddling, Stranger, examples, landed, meddlings, numbers, pauses
from tests.support.entries import complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, MAX_ESCALATION_LEVEL, EventType

NUMBERS = (1, 2)

Life = list[tuple[int, int, int, list[Meddling]]]  # which complaint, which entry, seconds before it, what comes between
lives: st.SearchStrategy[Life] = st.lists(
    st.tuples(st.sampled_from([0, 0, 1]), numbers, pauses, meddlings), min_size=1, max_size=9
)


@pytest.fixture(scope="module")
def clocked(deploy_registry: Callable[..., Registry]) -> Registry:
    """A registry in which filings have a deadline and there are many levels."""
    return deploy_registry(defaultSLA=DAY, escalationInterval=DAY // 2, maxEscalationLevel=7)


@pytest.fixture(scope="module")
def complaints(clocked: Registry) -> tuple[bytes, ...]:
    return tuple(complaint_id(number, clocked.actors.complainant) for number in NUMBERS)


@examples(25)
@given(life=lives)
def test_nonce__whatever_those_without_a_role_send__does_not_move(
    clocked: Registry, complaints: tuple[bytes, ...], life: Life
) -> None:
    registry, node = clocked, clocked.node
    acceptors = [Acceptor(complaint) for complaint in complaints]
    with node.undone():
        landed_entries: list = []
        stranger = Stranger(registry, NUMBERS, landed_entries)
        for which, number, pause, between in life:
            entry = acceptors[which].accept(number, node.time)
            signed = registry.signed(entry)
            signature = registry.sign_entry(signed)
            for meddling in between:
                stranger.meddle(meddling, node.time + pause)
                for acceptor in acceptors:
                    assert registry.nonce(acceptor.complaint) == acceptor.nonce - (acceptor is acceptors[which])
            # What was signed before all this is as good as ever.
            registry.record_signed(signed, signature)
            landed_entries.append(entry)


@examples(25)
@given(life=lives, rest=pauses)
def test_breaches__whoever_calls_what_in_between__are_the_same(
    clocked: Registry, complaints: tuple[bytes, ...], life: Life, rest: int
) -> None:
    """The same writes at the same times, once undisturbed and once with everybody meddling."""
    node, start = clocked.node, clocked.node.time
    histories = []
    for is_disturbed in (False, True):
        with node.undone():
            histories.append(lived(clocked, complaints, life, start, rest, is_disturbed=is_disturbed))
    assert histories[0] == histories[1]


def lived(
    registry: Registry, complaints: Sequence[bytes], life: Life, start: int, rest: int, *, is_disturbed: bool
) -> tuple[list[list[Landed]], list[tuple]]:
    """The links of each complaint, and what its slot says at the end."""
    acceptors = [Acceptor(complaint) for complaint in complaints]
    entries: list = []
    stranger, links, now = Stranger(registry, NUMBERS, entries), [], start
    for which, number, pause, between in life:
        entry = acceptors[which].accept(number, now)
        if is_disturbed:
            for index, meddling in enumerate(between):
                before = registry.node.rpc("eth_blockNumber")
                stranger.meddle(meddling, now + pause * index // len(between))
                links += links_since(registry, before)
        now += pause
        links += landed(registry.record(entry, at=now))
        entries.append(entry)
    links += landed(registry.escalate_batch(complaints, at=now + rest))
    slots = [registry.complaint(complaint) for complaint in complaints]
    by_complaint = [[link for link in links if link.complaint == complaint] for complaint in complaints]
    return by_complaint, [(slot.status, slot.sla_deadline, slot.escalations, slot.nonce) for slot in slots]


def links_since(registry: Registry, block: str) -> list[Landed]:
    """What was put on record after this block."""
    node = registry.node
    logs = node.rpc("eth_getLogs", {"address": registry.address, "fromBlock": hex(int(block, 16) + 1)})
    args = [registry.codec.event(log).args for log in logs if len(log["topics"]) == 4]
    return [
        Landed(link["complaintId"], EventType.ESCALATED, link["data"], None, None)
        for link in args
        if link["eventType"] == EventType.ESCALATED
    ]


@pytest.mark.parametrize("levels", [1, 3, MAX_ESCALATION_LEVEL])
def test_breaches__nobody_looked_for_years__are_all_recorded_by_whatever_comes_first(
    levels: int, deploy_registry: Callable[..., Registry]
) -> None:
    registry = deploy_registry(defaultSLA=DAY, maxEscalationLevel=levels)
    complaint = complaint_id(1, registry.actors.complainant)
    deadline = registry.create(complaint) and registry.complaint(complaint).sla_deadline
    registry.node.warp(deadline + 10 * 365 * DAY)
    outcomes = set()
    for first in (
        lambda: registry.escalate(complaint),
        lambda: registry.log(complaint, EventType.CLOSED),
        lambda: registry.pause(complaint),
        lambda: registry.anchor(complaint, data_hash(1)),
        lambda: registry.set_deadline(complaint, registry.node.time + DAY),
        lambda: registry.object(registry.objection(1)),
        lambda: registry.record_batch([registry.entry(complaint, EventType.NOTED)]),
        lambda: registry.record_signed(registry.signed(registry.entry(complaint, EventType.RESOLVED))),
    ):
        with registry.node.undone():
            breaches = [link for link in landed(first()) if link.event_type is EventType.ESCALATED]
            outcomes.add(tuple(link.data for link in breaches))
            assert len(breaches) == registry.complaint(complaint).escalations == levels
    assert len(outcomes) == 1
