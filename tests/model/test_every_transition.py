"""Every write by every route in every situation that a complaint can be in, one by one, against the model.

Both ways: what the table of transitions allows leads where it says, and everything else is refused, whichever function,
batch or signature brings it.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.model.conftest import ModelFactory
from tests.model.harness import Harness
from tests.model.observation import Scope
from tests.model.operations import Batch, Escalate, EscalateBatch, Log, Object, Operation, Record, RecordSigned
from tests.support.contract import Contract
from tests.support.entries import NO_DATA, Entry, Objection, complaint_id, data_hash, subject
from tests.support.registry import ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import (
    CLOCK,
    LOGGED,
    MAX_ESCALATIONS,
    MAX_OBJECTIONS,
    MAX_SLA_DURATION,
    MAX_UINT24,
    NEVER,
    NONCE_END,
    RECORDED,
    EventType,
    Status,
)

OTHER = complaint_id(2)
EVIDENCE = data_hash(1)
TIME_LEFT = 5000  # seconds from the first block to the deadline

# How a complaint gets into each status from OPEN.
PATHS: dict[Status, tuple[EventType, ...]] = {
    Status.OPEN: (),
    Status.ON_HOLD: (EventType.SLA_PAUSED,),
    Status.RESOLVED: (EventType.RESOLVED,),
    Status.CLOSED: (EventType.CLOSED,),
}

# Seconds from the deadline: before, at the boundaries, and one and many intervals late.
MOMENTS = (-1, 0, 1, ESCALATION_INTERVAL, ESCALATION_INTERVAL + 1, 10 * ESCALATION_INTERVAL)
FEW_MOMENTS = (0, 1, 10 * ESCALATION_INTERVAL)


@dataclass(frozen=True)
class Situation:
    """`late`: seconds after the deadline, or where it would be; `escalations`: breaches on record before."""

    status: Status
    has_clock: bool
    late: int = 1
    escalations: int = 0

    @property
    def is_plain(self) -> bool:
        """One for each status, with and without a clock; a clock that runs has just run out."""
        return self.escalations == 0 and self.late == 1

    def __str__(self) -> str:
        clock = f"{self.late:+}s" if self.has_clock else "no_clock"
        return f"{self.status.name.lower()}-{clock}-escalations{self.escalations}"


def situations() -> Iterator[Situation]:
    """All of them, the most telling first."""
    for status in PATHS:
        for has_clock in (True, False):
            yield Situation(status, has_clock)
    yield Situation(Status.NONE, False)
    for escalations in (0, MAX_ESCALATION_LEVEL - 1, MAX_ESCALATION_LEVEL, MAX_ESCALATIONS - 1):
        for late in FEW_MOMENTS if escalations else MOMENTS:
            if escalations or late != 1:
                yield Situation(Status.OPEN, True, late, escalations)
    yield Situation(Status.OPEN, False, 1, MAX_ESCALATIONS)


class Bench:
    """A harness and the complaint that it is about."""

    def __init__(self, registry: Registry, reader: Contract, model_of: ModelFactory) -> None:
        actors = registry.actors
        self.complaint = complaint_id(1, actors.complainant)
        accounts = (actors.operator, actors.signer, actors.stranger, actors.admin)
        registry, model = model_of()
        scope = Scope((self.complaint, OTHER), (EVIDENCE, bytes(32)), accounts)
        self.harness = Harness(registry, reader, model, scope)

    def bring(self, situation: Situation) -> int:
        """Brings the complaint there. Returns the deadline, or where it would be."""
        now = self.harness.model.now + 1
        deadline = now + TIME_LEFT
        if situation.status is Status.NONE:
            return deadline
        self.write(EventType.CREATED, data_hash(0), now)
        if situation.escalations:
            count = self.harness.model.get_complaint(self.complaint).event_count
            self.harness.force(
                self.complaint, escalations=situation.escalations, event_count=count + situation.escalations
            )
        if situation.has_clock:
            self.write(EventType.SLA_DEADLINE_SET, deadline.to_bytes(32), now)
        for event_type in PATHS[situation.status]:
            self.write(event_type, NO_DATA, now)
        state = self.harness.model.get_complaint(self.complaint)
        assert (state.status, bool(state.sla_deadline)) == (situation.status, situation.has_clock)
        return deadline

    def write(self, event_type: EventType, data: bytes, now: int) -> None:
        nonce = self.harness.model.get_complaint(self.complaint).nonce
        operator = self.harness.registry.actors.operator
        assert self.harness.send(Record(Entry(self.complaint, event_type, data, nonce)), operator, now) is None

    def entries(self, nonce: int, now: int) -> Iterator[Entry]:
        """Each kind, the deadline with each boundary."""
        for event_type in range(16):
            if event_type == EventType.SLA_DEADLINE_SET:
                for deadline in (0, 1, now, now + MAX_SLA_DURATION, now + MAX_SLA_DURATION + 1, NEVER - 1, NEVER):
                    yield Entry(self.complaint, event_type, deadline.to_bytes(32), nonce)
            elif event_type in CLOCK:
                yield Entry(self.complaint, event_type, NO_DATA, nonce)
                yield Entry(self.complaint, event_type, data_hash(1), nonce)
            else:
                data = EVIDENCE if event_type == EventType.EVIDENCE_ANCHORED else data_hash(7)
                yield Entry(self.complaint, event_type, data, nonce)

    def writes(self, nonce: int, now: int) -> Iterator[tuple[Operation, str]]:
        """Each kind of entry by each unsigned route, and who may send it."""
        for entry in self.entries(nonce, now):
            yield Batch((entry,)), "operator"
            if entry.event_type not in LOGGED:
                yield Log(entry), "operator"
            if entry.event_type in RECORDED and (entry.event_type not in CLOCK[1:] or entry.data == NO_DATA):
                yield Record(entry), "operator"
        yield Log(Entry(self.complaint, 16, data_hash(7), nonce)), "operator"
        yield Batch((Entry(self.complaint, 16, data_hash(7), nonce),)), "operator"

    def signed_writes(self, nonce: int, now: int) -> Iterator[tuple[Operation, str]]:
        """Each kind of entry, signed by who may write it."""
        registry = self.harness.registry
        for entry in self.entries(nonce, now):
            signed = registry.signed(entry, valid_until=now)
            yield RecordSigned(signed, registry.sign_entry(signed), is_genuine=True), "stranger"

    def by_anyone(self) -> Iterator[tuple[Operation, str]]:
        """What takes no role."""
        registry, state = self.harness.registry, self.harness.model.get_complaint(self.complaint)
        objection = Objection(subject(1), registry.actors.complainant, data_hash(9), state.objections)
        yield Object(objection, registry.sign_objection(objection), is_genuine=True), "stranger"
        yield Escalate(self.complaint), "stranger"
        yield EscalateBatch((OTHER, self.complaint, self.complaint, OTHER)), "stranger"

    def try_each(self, writes: Iterator[tuple[Operation, str]], now: int) -> Counter[str]:
        """Each of them from here; what came of them."""
        outcomes: Counter[str] = Counter()
        node, start = self.harness.registry.node, self.harness.point
        for operation, sender in writes:
            snapshot = node.snapshot()
            error = self.harness.send(operation, getattr(self.harness.registry.actors, sender), now)
            outcomes[error if error is not None else "done"] += 1
            node.revert(snapshot)
            self.harness.back_to(start)
        return outcomes


@pytest.fixture
def bench(registry: Registry, reader: Contract, model_of: ModelFactory) -> Bench:
    return Bench(registry, reader, model_of)


@pytest.mark.parametrize("situation", [*situations()], ids=str)
def test_registry__every_write_in_this_situation__agrees_with_the_model(
    situation: Situation, bench: Bench, record_property: Any
) -> None:
    started = time.perf_counter()
    deadline = bench.bring(situation)
    now = max(deadline + situation.late, bench.harness.model.now)
    nonce = bench.harness.model.get_complaint(bench.complaint).nonce
    outcomes = bench.try_each(bench.writes(nonce, now), now) + bench.try_each(bench.by_anyone(), now)
    record_property("model_steps", sum(outcomes.values()))
    record_property("model_seconds", time.perf_counter() - started)
    assert outcomes["done"]
    if situation.is_plain:
        assert bench.try_each(bench.signed_writes(nonce, now), now)["done"]
        role_needed = [operation for operation, _ in bench.writes(nonce, now) if needs_role(operation)]
        refused = bench.try_each(((operation, "stranger") for operation in role_needed), now)
        assert refused == {"AccessControlUnauthorizedAccount": len(role_needed)}


def needs_role(operation: Operation) -> bool:
    """What names no type, or one that no entry has, is refused before a role is asked for."""
    match operation:
        case Record(entry=entry) | Batch(entries=(entry,)):
            return entry.event_type in RECORDED
    return False


@pytest.mark.parametrize("wrong", [0, 1, 3, MAX_UINT24])
def test_registry__wrong_nonce__is_refused_before_the_transition_is_looked_at(wrong: int, bench: Bench) -> None:
    bench.bring(Situation(Status.OPEN, True, -1))  # two links by recorders
    now = bench.harness.model.now + 1
    outcomes = bench.try_each(bench.writes(wrong, now), now) + bench.try_each(bench.signed_writes(wrong, now), now)
    assert set(outcomes) == {"StaleNonce", "InvalidTransition", "done", ""}  # done: batches, which skip


@pytest.mark.parametrize("status", PATHS, ids=lambda status: status.name.lower())
def test_registry__nonce_at_its_end__refuses_every_entry_and_still_takes_objections(
    status: Status, bench: Bench
) -> None:
    """255 escalations and 255 objections fit behind the last nonce, so no counter can overflow."""
    deadline = bench.bring(Situation(status, True))
    full = {"escalations": MAX_ESCALATIONS - 1, "objections": MAX_OBJECTIONS - 1}
    bench.harness.force(bench.complaint, event_count=NONCE_END + sum(full.values()), **full)
    now = deadline + 1
    outcomes = bench.try_each(bench.writes(NONCE_END, now), now)
    outcomes += bench.try_each(bench.signed_writes(NONCE_END, now), now)
    assert set(outcomes) == {"InvalidTransition", "done", ""}
    objection = Objection(subject(1), bench.harness.registry.actors.complainant, data_hash(9), MAX_OBJECTIONS - 1)
    signature = bench.harness.registry.sign_objection(objection)
    assert (
        bench.harness.send(Object(objection, signature, is_genuine=True), bench.harness.registry.actors.stranger, now)
        is None
    )
    state = bench.harness.model.get_complaint(bench.complaint)
    assert (state.objections, state.nonce) == (MAX_OBJECTIONS, NONCE_END)
    assert state.event_count == MAX_UINT24 - (status is not Status.OPEN)
