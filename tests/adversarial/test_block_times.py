"""A validator who moves the block's time as far as the rules of the network let it, and further."""

import pytest

from tests.support.contract import reverts
from tests.support.registry import ESCALATION_INTERVAL, Registry, complaint_id
from tests.support.signing import SignedEvent
from tests.support.spec import DAY, MAX_SLA_DURATION, MAX_UINT40, ZERO_HASH, EventType, Status

COMPLAINT = complaint_id(1)
SLOT_TIME = 12  # seconds; a validator on mainnet can do no more than skip whole slots
LATEST_CLOCK = 15  # seconds ahead that nodes of other networks still accept


@pytest.fixture
def deadline(registry: Registry) -> int:
    """Of an open complaint, Unix seconds."""
    deadline = registry.node.time + DAY
    registry.create_due_at(COMPLAINT, deadline)
    return deadline


@pytest.mark.parametrize("ahead", [SLOT_TIME, LATEST_CLOCK])
def test_escalate__validator_is_ahead__a_breach_comes_early_by_no_more_than_that(
    registry: Registry, deadline: int, ahead: int
) -> None:
    honest_time = deadline - ahead
    with reverts("SLANotBreached", complaintId=COMPLAINT, deadline=deadline):
        registry.escalate(COMPLAINT, at=honest_time + ahead)
    registry.escalate(COMPLAINT, at=honest_time + ahead + 1)


@pytest.mark.parametrize("behind", [SLOT_TIME, LATEST_CLOCK])
def test_resolve__validator_holds_time_back__an_exit_stays_open_by_no_more_than_that(
    registry: Registry, deadline: int, behind: int
) -> None:
    honest_time = deadline + behind
    registry.log(COMPLAINT, EventType.RESOLVED, at=honest_time - behind)
    assert registry.complaint(COMPLAINT).sla_deadline == 1


def test_escalate__next_deadline__does_not_depend_on_when_it_was_called(registry: Registry, deadline: int) -> None:
    """So a skewed block moves one record by seconds, and none of the later ones."""
    for late in (1, SLOT_TIME, ESCALATION_INTERVAL, ESCALATION_INTERVAL + 1, 10 * ESCALATION_INTERVAL):
        with registry.node.undone():
            event = registry.escalate(COMPLAINT, at=deadline + late).event
            assert event.args["nextDeadline"] == deadline + ESCALATION_INTERVAL


def test_pause__two_in_one_second__keeps_the_last_second(registry: Registry, deadline: int) -> None:
    """The clock cannot be ground down to nothing, which would mean that there is no deadline."""
    for _ in range(3):
        registry.pause(COMPLAINT, at=deadline)
        assert registry.complaint(COMPLAINT).sla_deadline == 1
        registry.resume(COMPLAINT, at=deadline)
        assert registry.complaint(COMPLAINT).sla_deadline == deadline + 1
        deadline += 1
    registry.escalate(COMPLAINT, at=deadline + 1)


def test_set_deadline__validator_picks_the_block__the_range_moves_with_it(registry: Registry) -> None:
    registry.create(COMPLAINT)
    deadline = registry.node.time + MAX_SLA_DURATION + SLOT_TIME
    with reverts("DeadlineOutOfRange", complaintId=COMPLAINT, deadline=deadline):
        registry.set_deadline(COMPLAINT, deadline, at=deadline - MAX_SLA_DURATION - 1)
    with reverts("DeadlineOutOfRange", complaintId=COMPLAINT, deadline=deadline):
        registry.set_deadline(COMPLAINT, deadline, at=deadline)
    assert registry.complaint(COMPLAINT).sla_deadline == 0


def test_signed_log__validator_holds_it_back__is_valid_up_to_its_last_second(registry: Registry) -> None:
    registry.create(COMPLAINT)
    until = registry.node.time + DAY
    event = SignedEvent(COMPLAINT, EventType.COMMENTED, ZERO_HASH, 2, registry.actors.signer, until)
    signature = registry.sign(event)
    with registry.node.undone(), reverts("SignatureExpired", validUntil=until):
        registry.log_signed(event, signature, at=until + 1)
    registry.log_signed(event, signature, at=until)


def test_links__several_in_one_second__are_in_the_order_of_their_sequence(registry: Registry) -> None:
    """Equal times are fine: the order is the sequence's, not the clock's."""
    now = registry.node.time + 5
    registry.log(COMPLAINT, EventType.CREATED, sequence=1, at=now)
    registry.log(COMPLAINT, EventType.ASSIGNED, sequence=2, at=now)
    sent = registry.log(COMPLAINT, EventType.COMMENTED, sequence=3, at=now)
    assert (sent.timestamp, registry.complaint(COMPLAINT).event_count) == (now, 3)


def test_clock__at_the_end_of_40_bit_time__saturates_and_blocks_nothing(registry: Registry) -> None:
    """The year 36812. Arithmetic on time never stands in a complaint's way."""
    registry.create_due_at(COMPLAINT, registry.node.time + MAX_SLA_DURATION)
    registry.pause(COMPLAINT)
    registry.resume(COMPLAINT, at=MAX_UINT40 - 10)
    assert registry.complaint(COMPLAINT).sla_deadline == MAX_UINT40
    with reverts("SLANotBreached", complaintId=COMPLAINT, deadline=MAX_UINT40):
        registry.escalate(COMPLAINT, at=MAX_UINT40)
    registry.log(COMPLAINT, EventType.CLOSED, at=MAX_UINT40)
    state = registry.complaint(COMPLAINT)
    assert (state.status, state.sla_deadline) == (Status.CLOSED, 1)


def test_escalate__next_deadline_past_40_bits__saturates(registry: Registry) -> None:
    registry.create(COMPLAINT)
    missed = MAX_UINT40 - ESCALATION_INTERVAL + 100
    registry.set_deadline(COMPLAINT, missed, at=missed - 100)
    assert registry.escalate(COMPLAINT, at=missed + 1).event.args["nextDeadline"] == MAX_UINT40
