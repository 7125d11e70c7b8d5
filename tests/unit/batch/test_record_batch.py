"""Batches: what is allowed is recorded in order, the rest is left out and changes nothing."""

from itertools import permutations

import pytest

from tests.support.codec import Event, Reverted
from tests.support.contract import reverts
from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, RECORDED, ROLE_OF, TRANSITIONS, EventType, Status
from tests.support.writes import skipped

A, B, C = (complaint_id(number) for number in (1, 2, 3))
CREATED, COMMENTED, CLOSED = EventType.CREATED, EventType.COMMENTED, EventType.CLOSED


def life(registry: Registry, complaint: bytes, *event_types: EventType, start: int = 0) -> list[Entry]:
    """Entries with nonces that follow each other."""
    return [registry.entry(complaint, kind, nonce=nonce) for nonce, kind in enumerate(event_types, start=start)]


def landed(registry: Registry, complaint: bytes, events: tuple[Event, ...]) -> list[int]:
    """The kinds of one complaint's links."""
    return [event.args["eventType"] for event in events if event.args["complaintId"] == complaint]


def test_record_batch__empty__records_nothing(registry: Registry, stranger: str) -> None:
    assert registry.recorded([], sender=stranger) == 0
    assert registry.record_batch([], sender=stranger).events == ()


def test_record_batch__all_allowed__equals_the_single_calls_in_their_order(registry: Registry) -> None:
    deadline = registry.node.time + 100 * DAY
    entries = [
        *life(registry, A, CREATED, EventType.ASSIGNED),
        *life(registry, B, CREATED, COMMENTED, EventType.EVIDENCE_ANCHORED),
        registry.entry(C, CREATED),
        registry.entry(C, EventType.SLA_DEADLINE_SET, deadline, 1),
        *life(registry, C, EventType.SLA_PAUSED, EventType.SLA_RESUMED, EventType.NOTED, EventType.ERASED, start=2),
    ]
    at = registry.node.time + 1_000
    with registry.node.undone():
        registry.node.rpc("anvil_setBlockTimestampInterval", 0)
        try:
            registry.node.warp(at)
            single = [registry.record(entry).event for entry in entries]
        finally:
            registry.node.rpc("anvil_setBlockTimestampInterval", 1)
        assert {event.args["timestamp"] for event in single} == {at}
        states, filings = registry.complaints([A, B, C]), registry.filings()
    assert registry.recorded(entries, at=at) == len(entries)
    sent = registry.record_batch(entries, at=at)
    assert list(sent.events) == single
    assert (registry.complaints([A, B, C]), registry.filings()) == (states, filings)


def test_record_batch__breaches_of_the_complaints__are_recorded_and_not_counted(registry: Registry) -> None:
    deadline = registry.node.time + 1_000
    for one in (A, B):
        registry.create_due_at(one, deadline)
    entries = [*life(registry, A, COMMENTED, CLOSED, start=2), *life(registry, B, COMMENTED, start=2)]
    at = deadline + DAY + 1
    assert registry.recorded(entries, at=at) == 3
    sent = registry.record_batch(entries, at=at)
    escalated = EventType.ESCALATED
    assert landed(registry, A, sent.events) == [escalated, escalated, COMMENTED, CLOSED]
    assert landed(registry, B, sent.events) == [escalated, escalated, COMMENTED]


@pytest.mark.parametrize("bad", range(5))
def test_record_batch__one_of_a_run_refused__a_prefix_lands_and_the_rest_has_a_refused_predecessor(
    registry: Registry, bad: int
) -> None:
    registry.create(A)
    entries = life(registry, A, *[COMMENTED] * 5, start=1)
    entries[bad] = entries[bad].but(event_type=CREATED)  # not allowed any more
    assert registry.recorded(entries) == bad
    sent = registry.record_batch(entries)
    assert [event.args["sequence"] for event in sent.links] == list(range(2, 2 + bad))
    reasons = [registry.selector("InvalidTransition")] + [registry.selector("PredecessorSkipped")] * (4 - bad)
    assert list(sent.skipped) == [
        skipped(registry, A, entry.nonce, reason) for entry, reason in zip(entries[bad:], reasons, strict=True)
    ]
    assert sent.events == (*sent.links, *sent.skipped)
    assert registry.nonce(A) == 1 + bad


def test_record_batch__successor_that_would_be_allowed_by_itself__is_not_recorded(registry: Registry) -> None:
    """The one behind a skipped entry may hang on it, whatever its nonce says."""
    registry.create(A)
    entries = [registry.entry(A, COMMENTED, nonce=2), registry.entry(A, CLOSED, nonce=1)]
    sent = registry.record_batch(entries)
    assert [event.args["reason"] for event in sent.events] == [
        registry.selector("StaleNonce"),
        registry.selector("PredecessorSkipped"),
    ]
    assert registry.complaint(A).status is Status.OPEN


@pytest.mark.parametrize("event_type", [EventType.ESCALATED, EventType.OBJECTED], ids=lambda kind: kind.name)
def test_record_batch__type_that_no_entry_has__ends_its_run(registry: Registry, event_type: EventType) -> None:
    registry.create(A)
    registry.create(B)
    entries = [
        *life(registry, A, event_type, COMMENTED, event_type, start=1),
        *life(registry, B, COMMENTED, start=1),
    ]
    sent = registry.record_batch(entries)
    assert [event.args["reason"] for event in sent.skipped] == [
        registry.selector("InvalidTransition"),
        registry.selector("PredecessorSkipped"),
        registry.selector("PredecessorSkipped"),
    ]
    assert [event.args["complaintId"] for event in sent.links] == [B]


@pytest.mark.parametrize("order", permutations("abc"), ids="".join)
def test_record_batch__runs_of_several_complaints__one_that_is_refused_stops_no_other(
    registry: Registry, order: tuple[str, ...]
) -> None:
    registry.create(C)
    runs = {
        "a": life(registry, A, CREATED, COMMENTED, CLOSED),
        "b": life(registry, B, CREATED, EventType.REOPENED, CLOSED),
        "c": life(registry, C, CREATED, COMMENTED),
    }
    entries = [entry for name in order for entry in runs[name]]
    assert registry.recorded(entries) == 4
    sent = registry.record_batch(entries)
    assert landed(registry, A, sent.links) == [CREATED, COMMENTED, CLOSED]
    assert landed(registry, B, sent.links) == [CREATED]
    assert landed(registry, C, sent.links) == []
    assert len(sent.skipped) == 4


@pytest.mark.parametrize("between", [CREATED, COMMENTED], ids=["recorded", "skipped"])
def test_record_batch__complaint_in_two_runs__second_run_starts_anew(registry: Registry, between: EventType) -> None:
    """The contract does not check that a complaint has one run: whoever packs the batch does."""
    registry.create(A)
    entries = [
        registry.entry(A, COMMENTED, nonce=5),
        registry.entry(B, between, nonce=0),
        registry.entry(A, CLOSED, nonce=1),
    ]
    sent = registry.record_batch(entries)
    assert [(event.name, event.args["complaintId"]) for event in sent.events] == [
        ("EntrySkipped", A),
        ("LinkAppended" if between is CREATED else "EntrySkipped", B),
        ("LinkAppended", A),
    ]
    assert registry.complaint(A).status is Status.CLOSED


def test_record_batch__complaint_in_two_runs__second_goes_on_where_the_first_ended(registry: Registry) -> None:
    entries = [*life(registry, A, CREATED, COMMENTED), *life(registry, B, CREATED), *life(registry, A, CLOSED, start=2)]
    assert registry.recorded(entries) == 4
    assert landed(registry, A, registry.record_batch(entries).links) == [CREATED, COMMENTED, CLOSED]


def test_record_batch__zero_id_behind_a_skipped_run__is_a_run_like_others(registry: Registry) -> None:
    zero = bytes(32)
    sent = registry.record_batch([*life(registry, A, COMMENTED), *life(registry, zero, CREATED, COMMENTED)])
    assert [event.args["complaintId"] for event in sent.skipped] == [A]
    assert landed(registry, zero, sent.links) == [CREATED, COMMENTED]


def test_record_batch__zero_id_first__is_a_run_like_others(registry: Registry) -> None:
    zero = bytes(32)
    entries = [*life(registry, zero, COMMENTED, COMMENTED, start=1), *life(registry, A, CREATED)]
    sent = registry.record_batch(entries)
    assert [event.args["reason"] for event in sent.skipped] == [
        registry.selector("StaleNonce"),
        registry.selector("PredecessorSkipped"),
    ]
    assert landed(registry, A, sent.links) == [CREATED]


def test_record_batch__same_entry_twice__lands_once(registry: Registry) -> None:
    entry = registry.entry(A, CREATED)
    sent = registry.record_batch([entry, entry])
    assert [event.args.get("reason") for event in sent.events] == [None, registry.selector("StaleNonce")]


def test_record_batch__skipped_entries__change_nothing(registry: Registry) -> None:
    """The batch without them gives the same state and the same links."""
    deadline = registry.node.time + 1_000
    registry.create_due_at(A, deadline)
    registry.create_due_at(B, deadline)
    at = deadline + 5
    good = life(registry, A, COMMENTED, EventType.EVIDENCE_ANCHORED, start=2)
    bad = [
        registry.entry(B, CREATED),
        registry.entry(C, COMMENTED, nonce=0),
        registry.entry(A, EventType.EVIDENCE_ANCHORED, data_hash(3), nonce=4),
    ]
    with registry.node.undone():
        links = registry.record_batch(good, at=at).events
        states = registry.complaints([A, B, C])
    sent = registry.record_batch([bad[0], *good, bad[2], bad[1]], at=at)
    assert sent.links == links
    assert registry.complaints([A, B, C]) == states
    assert len(sent.skipped) == 3


ROLE_ERRORS = [(event_type, role) for event_type, role in ROLE_OF.items()]


@pytest.mark.parametrize(("event_type", "role"), ROLE_ERRORS, ids=[kind.name for kind, _ in ROLE_ERRORS])
@pytest.mark.parametrize("place", ["alone", "behind_others", "stale", "behind_a_skipped_one"])
def test_record_batch__role_of_any_entry_missing__reverts_as_a_whole(
    registry: Registry, complaint: bytes, operator: str, event_type: EventType, role: str, place: str
) -> None:
    """Also the roles of entries that are skipped are checked."""
    registry.create(complaint)
    others = [kind for kind in RECORDED if ROLE_OF[kind] != role and Status.OPEN in TRANSITIONS[kind]]
    first = registry.entry(complaint, others[0], registry.node.time + 50, nonce=1)
    wrong = registry.entry(complaint, event_type, nonce=2)
    entries = {
        "alone": [registry.entry(complaint, event_type)],
        "behind_others": [first, wrong],
        "stale": [registry.entry(complaint, event_type, nonce=9)],
        "behind_a_skipped_one": [first.but(nonce=7), wrong],
    }[place]
    registry.revoke(role, operator)
    before = registry.complaint(complaint)
    with reverts("AccessControlUnauthorizedAccount", account=operator, neededRole=registry.role(role)):
        registry.record_batch(entries)
    assert registry.complaint(complaint) == before


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_record_batch__roles_in_turn__each_is_checked_in_every_order(
    registry: Registry, operator: str, order: tuple[int, ...]
) -> None:
    """A role that was checked earlier in the batch stands for no other."""
    for one in (A, B):
        registry.create(one)
    entries = [
        registry.entry(C, CREATED),
        registry.entry(A, COMMENTED),
        registry.entry(B, EventType.SLA_PAUSED),
    ]
    batch = [entries[number] for number in order] + [entries[number].but(nonce=9) for number in order]
    for role in set(ROLE_OF.values()):
        with registry.node.undone():
            registry.revoke(role, operator)
            with reverts("AccessControlUnauthorizedAccount", account=operator, neededRole=registry.role(role)):
                registry.record_batch(batch)
    assert registry.recorded(batch) == 3


def test_record_batch__sender_with_the_one_role_that_is_needed__is_enough(
    registry: Registry, intake: str, recorder: str, sla_manager: str
) -> None:
    registry.record_batch(life(registry, A, CREATED), sender=intake)
    registry.record_batch(life(registry, A, COMMENTED, EventType.NOTED, start=1), sender=recorder)
    registry.record_batch(life(registry, A, EventType.SLA_PAUSED, EventType.SLA_RESUMED, start=3), sender=sla_manager)
    assert registry.nonce(A) == 5


@pytest.mark.parametrize("event_type", [EventType.SLA_PAUSED, EventType.SLA_RESUMED], ids=lambda kind: kind.name)
@pytest.mark.parametrize("data", [1, 2**255, 2**256 - 1])
@pytest.mark.parametrize("signed", [False, True], ids=["batch", "signed"])
def test_hold_entry__with_data__is_an_invalid_parameter(
    registry: Registry, complaint: bytes, event_type: EventType, data: int, signed: bool
) -> None:
    registry.bring_to(complaint, Status.OPEN if event_type is EventType.SLA_PAUSED else Status.ON_HOLD)
    entry = registry.entry(complaint, event_type, data)
    if signed:
        with reverts("InvalidParameter"):
            registry.record_signed(registry.signed(entry))
    else:
        reason = registry.selector("InvalidParameter")
        assert registry.record_batch([entry]).event == skipped(registry, complaint, entry.nonce, reason)


REFUSALS = {
    "StaleNonce": lambda registry: registry.entry(A, COMMENTED, nonce=9),
    "InvalidTransition": lambda registry: registry.entry(A, CREATED),
    "EvidenceAlreadyAnchored": lambda registry: registry.entry(A, EventType.EVIDENCE_ANCHORED, data_hash(7)),
    "DeadlineOutOfRange": lambda registry: registry.entry(A, EventType.SLA_DEADLINE_SET, 0),
    "InvalidParameter": lambda registry: registry.entry(A, EventType.SLA_PAUSED, 1),
}


@pytest.mark.parametrize("error", REFUSALS)
def test_entry_skipped__every_reason__is_the_selector_that_the_entry_alone_reverts_with(
    registry: Registry, error: str
) -> None:
    registry.create(A)
    registry.anchor(A, data_hash(7))
    entry = REFUSALS[error](registry)
    signed = registry.signed(entry)
    is_hold = error == "InvalidParameter"  # `pauseSLA` takes no data
    with pytest.raises(Reverted) as caught:
        registry.record_signed(signed) if is_hold else registry.record(entry)
    assert caught.value.name == error
    assert registry.record_batch([entry]).event == skipped(registry, A, entry.nonce, caught.value.data[:4])


@pytest.mark.parametrize("size", [1, 16, 17, 100])
def test_record_batch__any_number__records_the_last_one_too(registry: Registry, size: int) -> None:
    ids = [complaint_id(number) for number in range(size)]
    entries = [registry.entry(one, CREATED, nonce=0) for one in ids]
    assert registry.recorded(entries) == size
    sent = registry.record_batch(entries)
    assert [event.args["complaintId"] for event in sent.links] == ids
    assert all(state.status is Status.OPEN for state in registry.complaints(ids))
    assert registry.filings()[1] == size


@pytest.mark.parametrize("size", [16, 17, 300])
def test_record_batch__any_number__asks_for_the_role_of_the_last_one_too(
    registry: Registry, recorder: str, size: int
) -> None:
    registry.create(A)
    entries = [*life(registry, A, *[COMMENTED] * (size - 1), start=1), registry.entry(B, CREATED)]
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=registry.role("INTAKE_ROLE")):
        registry.record_batch(entries, sender=recorder)
    assert registry.nonce(A) == 1


def test_record_batch__nonce_at_its_end__is_skipped_and_stops_nobody(registry: Registry) -> None:
    """No batch can be made to panic."""
    registry.create(A)
    registry.force(A, event_count=2**24 - 511 + 510, escalations=255, objections=255)
    entries = [registry.entry(A, COMMENTED), registry.entry(B, CREATED)]
    sent = registry.record_batch(entries)
    assert [event.args.get("reason") for event in sent.events] == [registry.selector("InvalidTransition"), None]
