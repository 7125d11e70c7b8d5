"""A validator who moves the block's time as far as the rules of the network let it, and further."""

import pytest

from tests.support.contract import reverts
from tests.support.links import Escalation
from tests.support.registry import ESCALATION_INTERVAL, Registry
from tests.support.spec import DAY, MAX_SLA_DURATION, NEVER, TRANSITIONS, EventType, Status
from tests.support.writes import RECORDING, Write, every

SLOT_TIME = 12  # seconds; a validator on mainnet can do no more than skip whole slots
LATEST_CLOCK = 15  # seconds ahead that nodes of other networks still accept


@pytest.fixture
def deadline(registry: Registry, complaint: bytes) -> int:
    """Of an open complaint, Unix seconds."""
    deadline = registry.node.time + DAY
    registry.create_due_at(complaint, deadline)
    return deadline


ON_OPEN = [write for write in RECORDING if Status.OPEN in TRANSITIONS[write.event_type]]


@every(*ON_OPEN)
@pytest.mark.parametrize("late", [-1, 0, 1])
def test_write__around_the_deadline__records_a_breach_from_the_first_second_after_it(
    write: Write, late: int, registry: Registry, complaint: bytes, deadline: int
) -> None:
    links = write.send(registry, complaint, at=deadline + late).links
    kinds = [link.args["eventType"] for link in links]
    assert kinds == [EventType.ESCALATED] * (late > 0) + [write.event_type]


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_escalate__around_the_second_deadline__records_it_from_the_first_second_after_it(
    late: int, registry: Registry, complaint: bytes, deadline: int
) -> None:
    sent = registry.escalate(complaint, at=deadline + ESCALATION_INTERVAL + late)
    assert len(sent.links) == 1 + (late > 0)


@pytest.mark.parametrize("ahead", [SLOT_TIME, LATEST_CLOCK])
def test_escalate__validator_is_ahead__a_breach_comes_early_by_no_more_than_that(
    registry: Registry, complaint: bytes, deadline: int, ahead: int
) -> None:
    honest_time = deadline - ahead
    with reverts("SLANotBreached", complaintId=complaint, deadline=deadline):
        registry.escalate(complaint, at=honest_time + ahead)
    registry.escalate(complaint, at=honest_time + ahead + 1)


@pytest.mark.parametrize("behind", [SLOT_TIME, LATEST_CLOCK])
def test_resolve__validator_holds_time_back__an_exit_stays_open_by_no_more_than_that(
    registry: Registry, complaint: bytes, deadline: int, behind: int
) -> None:
    honest_time = deadline + behind
    registry.log(complaint, EventType.RESOLVED, at=honest_time - behind)
    assert registry.complaint(complaint).sla_deadline == 1


def test_escalate__next_deadline__does_not_depend_on_when_it_was_called(
    registry: Registry, complaint: bytes, deadline: int
) -> None:
    """So a skewed block moves one record by seconds, and none of the later ones."""
    for late in (1, SLOT_TIME, ESCALATION_INTERVAL, ESCALATION_INTERVAL + 1, 10 * ESCALATION_INTERVAL):
        with registry.node.undone():
            first = registry.escalate(complaint, at=deadline + late).links[0]
            assert Escalation.of(first.args["data"]) == (1, deadline, deadline + ESCALATION_INTERVAL)


def test_pause__many_in_one_second__keeps_the_last_second(registry: Registry, complaint: bytes, deadline: int) -> None:
    """The clock cannot be ground down to nothing, which would mean no deadline, nor wound up by more than a second."""
    kinds = [EventType.SLA_PAUSED, EventType.SLA_RESUMED] * 20
    entries = [registry.entry(complaint, kind, nonce=nonce) for nonce, kind in enumerate(kinds, start=2)]
    assert registry.record_batch(entries, at=deadline).skipped == ()
    assert registry.complaint(complaint).sla_deadline == deadline + 1
    assert len(registry.escalate(complaint, at=deadline + 2).links) == 1


def test_set_deadline__validator_picks_the_block__the_range_moves_with_it(registry: Registry, complaint: bytes) -> None:
    """What was in range when it was accepted stays in range in every later block, and in no earlier one."""
    registry.create(complaint)
    deadline = registry.node.time + MAX_SLA_DURATION + SLOT_TIME
    with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=deadline):
        registry.set_deadline(complaint, deadline, at=deadline - MAX_SLA_DURATION - 1)
    for at in (deadline - MAX_SLA_DURATION, deadline, NEVER - 1, NEVER + MAX_SLA_DURATION):
        with registry.node.undone():
            registry.set_deadline(complaint, deadline, at=at)
            assert registry.complaint(complaint).sla_deadline == deadline


def test_signed__validator_holds_it_back__is_valid_up_to_its_last_second(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    until = registry.node.time + DAY
    signed = registry.signed(registry.entry(complaint, EventType.COMMENTED), valid_until=until)
    signature = registry.sign_entry(signed)
    with registry.node.undone(), reverts("SignatureExpired", validUntil=until):
        registry.record_signed(signed, signature, at=until + 1)
    registry.record_signed(signed, signature, at=until)


def test_links__several_in_one_second__are_in_the_order_of_their_sequence(registry: Registry, complaint: bytes) -> None:
    """Equal times are fine: the order is the sequence's, not the clock's."""
    now = registry.node.time + 5
    kinds = (EventType.CREATED, EventType.ASSIGNED, EventType.COMMENTED)
    for nonce, kind in enumerate(kinds):
        sent = registry.log(complaint, kind, nonce=nonce, at=now)
    assert (sent.timestamp, registry.nonce(complaint)) == (now, 3)
