"""Every write in every situation that a complaint can be in, not at random but one by one, against the model."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.model.harness import Harness
from tests.model.observation import Scope
from tests.model.operations import (
    Anchor,
    Escalate,
    EscalateBatch,
    Log,
    LogSigned,
    Operation,
    Pause,
    Resume,
    SetDeadline,
)
from tests.model.registry_model import RegistryModel
from tests.support.registry import (
    ESCALATION_INTERVAL,
    MAX_ESCALATION_LEVEL,
    Registry,
    complaint_id,
    constructor_arguments,
    data_hash,
)
from tests.support.signing import SignedEvent
from tests.support.spec import LOGGED, MAX_SLA_DURATION, MAX_UINT24, EventType, Status

COMPLAINT = complaint_id(1)
OTHER = complaint_id(2)
EVIDENCE = data_hash(1)
TIME_LEFT = 5000  # seconds from the first block to the deadline

# How a complaint gets into each status, with and without a clock.
PATHS: dict[tuple[Status, bool], tuple[EventType, ...]] = {
    (Status.NONE, False): (),
    (Status.OPEN, False): (EventType.CREATED,),
    (Status.OPEN, True): (EventType.CREATED, EventType.SLA_DEADLINE_SET),
    (Status.ON_HOLD, True): (EventType.CREATED, EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED),
    (Status.RESOLVED, False): (EventType.CREATED, EventType.RESOLVED),
    (Status.RESOLVED, True): (EventType.CREATED, EventType.SLA_DEADLINE_SET, EventType.RESOLVED),
    (Status.CLOSED, False): (EventType.CREATED, EventType.CLOSED),
    (Status.CLOSED, True): (EventType.CREATED, EventType.SLA_DEADLINE_SET, EventType.CLOSED),
}

# Seconds from the deadline: long before, at the three boundaries, and one and many intervals late.
MOMENTS = (-1000, -1, 0, 1, ESCALATION_INTERVAL, ESCALATION_INTERVAL + 1, 10 * ESCALATION_INTERVAL)


@dataclass(frozen=True)
class Situation:
    status: Status
    has_clock: bool
    late: int  # seconds after the deadline, or where it would be
    levels: int  # breaches on record before

    @property
    def is_plain(self) -> bool:
        """One for each status, with and without a clock; a clock that runs has just run out."""
        return self.levels == 0 and self.late == 1

    def __str__(self) -> str:
        clock = f"{self.late:+}s" if self.has_clock else "no_clock"
        return f"{self.status.name.lower()}-{clock}-level{self.levels}"


def situations() -> list[Situation]:
    """All of them, the most telling first."""
    return sorted(_situations(), key=lambda situation: (not situation.is_plain, not situation.has_clock))


def _situations() -> Iterator[Situation]:
    for status, has_clock in PATHS:
        is_running = status is Status.OPEN and has_clock
        for late in MOMENTS if is_running else (1,):
            for levels in (0, MAX_ESCALATION_LEVEL - 1, MAX_ESCALATION_LEVEL):
                if levels == 0 or is_running:
                    yield Situation(status, has_clock, late, levels)


def writes(registry: Registry, sequence: int, now: int) -> Iterator[tuple[Operation, str]]:
    """Each kind of write with the sequence it should have, and who may send it."""
    signer = registry.actors.signer
    for event_type in LOGGED:
        event = SignedEvent(COMPLAINT, event_type, data_hash(7), sequence, signer, now)
        signature = registry.sign(event)
        yield (
            LogSigned(COMPLAINT, event_type, data_hash(7), sequence, signer, now, signature, is_genuine=True),
            "stranger",
        )
    for event_type in range(14):
        yield Log(COMPLAINT, event_type, data_hash(7), sequence), "recorder"
    yield Anchor(COMPLAINT, EVIDENCE, sequence), "recorder"
    for ahead in (0, 1, MAX_SLA_DURATION, MAX_SLA_DURATION + 1):
        yield SetDeadline(COMPLAINT, now + ahead, sequence), "sla_manager"
    yield Pause(COMPLAINT, sequence), "sla_manager"
    yield Resume(COMPLAINT, sequence), "sla_manager"
    yield Escalate(COMPLAINT), "stranger"
    yield EscalateBatch((OTHER, COMPLAINT, COMPLAINT, OTHER, COMPLAINT, COMPLAINT, COMPLAINT)), "stranger"


def bring(harness: Harness, situation: Situation) -> int:
    """Brings the complaint there. Returns the deadline, or where it would be."""
    actors, model = harness.registry.actors, harness.model
    now = model.now + 1
    for number in range(situation.levels):  # breaches of the past, each of a deadline of its own
        if number == 0:
            harness.send(Log(COMPLAINT, EventType.CREATED, data_hash(1), 1), actors.recorder, now)
        count = harness.model.get_complaint(COMPLAINT).event_count
        harness.send(SetDeadline(COMPLAINT, now + 1, count + 1), actors.sla_manager, now)
        now += 2
        harness.send(Escalate(COMPLAINT), actors.stranger, now)
    deadline = now + TIME_LEFT
    for event_type in PATHS[situation.status, situation.has_clock]:
        count = harness.model.get_complaint(COMPLAINT).event_count
        if event_type is EventType.CREATED and count:
            continue
        if event_type is EventType.SLA_DEADLINE_SET:
            harness.send(SetDeadline(COMPLAINT, deadline, count + 1), actors.sla_manager, now)
        elif event_type is EventType.SLA_PAUSED:
            harness.send(Pause(COMPLAINT, count + 1), actors.sla_manager, now)
        else:
            harness.send(Log(COMPLAINT, event_type, data_hash(count), count + 1), actors.recorder, now)
    state = harness.model.get_complaint(COMPLAINT)
    assert (state.status, bool(state.sla_deadline)) == (situation.status, situation.has_clock)
    return deadline


@pytest.fixture
def harness(registry: Registry) -> Harness:
    """The suite's registry beside its model."""
    actors = registry.actors
    arguments: list[Any] = constructor_arguments(actors)
    model = RegistryModel(
        *(registry.node.chain_id, registry.address, arguments[0], arguments[2], arguments[3]),
        *(ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL),
    )
    accounts = (actors.recorder, actors.signer, actors.sla_manager, actors.stranger, actors.admin)
    return Harness(registry, model, Scope((COMPLAINT, OTHER), (EVIDENCE, bytes(32)), accounts))


@pytest.mark.parametrize("situation", situations(), ids=str)
def test_registry__every_write_in_this_situation__agrees_with_the_model(
    situation: Situation, harness: Harness, record_property: Any
) -> None:
    started = time.perf_counter()
    deadline = bring(harness, situation)
    start, before = harness.model, harness.before
    actors, node = harness.registry.actors, harness.registry.node
    now = max(deadline + situation.late, start.now)
    sequence = start.get_complaint(COMPLAINT).event_count + 1
    outcomes: Counter[str] = Counter()
    for operation, sender in writes(harness.registry, sequence, now):
        for actor in (sender, "admin") if situation.is_plain else (sender,):
            snapshot = node.snapshot()
            fresh = Harness.resume(harness, start, before)
            outcomes[fresh.send(operation, getattr(actors, actor), now) or "done"] += 1
            node.revert(snapshot)
    record_property("model_steps", sum(outcomes.values()))
    record_property("model_seconds", time.perf_counter() - started)
    assert outcomes["done"]
    if situation.is_plain:
        assert (
            outcomes["AccessControlUnauthorizedAccount"] == 13 + 1 + 4 + 2
        )  # all but escalations, signed ones, type 13


@pytest.mark.parametrize("wrong", [0, 1, 3, MAX_UINT24])
def test_registry__wrong_sequence__is_refused_before_anything_else_is_looked_at(wrong: int, harness: Harness) -> None:
    bring(harness, Situation(Status.OPEN, False, 1, 0))
    actors, now = harness.registry.actors, harness.model.now + 1
    by_anyone = (Escalate, EscalateBatch)
    all_writes = writes(harness.registry, wrong, now)
    sequenced = [(write, sender) for write, sender in all_writes if not isinstance(write, by_anyone)]
    for operation, sender in sequenced:
        error = harness.send(operation, getattr(actors, sender), now)
        assert error in {"StaleSequence", ""}  # without data: 13 is no event type
