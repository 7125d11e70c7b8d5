"""Which of several reasons to refuse is given. `reason` of a skipped entry depends on it, and so do relays.

Each pair of neighbouring checks is failed at once, on a complaint that is due where its status allows it: the earlier
one is named, and no breach is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.support.contract import reverts
from tests.support.entries import Entry, SignedEntry, data_hash
from tests.support.registry import Registry
from tests.support.spec import RECORDED, ROLE_OF, TRANSITIONS, EventType, Status
from tests.support.writes import START, Route, skipped

EVIDENCE = data_hash(77)
WRONG_HEAD = b"\x77" * 22
HOLDS = (EventType.SLA_PAUSED, EventType.SLA_RESUMED)
ARGUMENT_ERRORS = {
    EventType.EVIDENCE_ANCHORED: "EvidenceAlreadyAnchored",
    EventType.SLA_DEADLINE_SET: "DeadlineOutOfRange",
    EventType.SLA_PAUSED: "InvalidParameter",
    EventType.SLA_RESUMED: "InvalidParameter",
}
# A status that forbids the link, an open one if there is one.
FORBIDDING = {
    event_type: next(
        status
        for status in (Status.OPEN, Status.CLOSED, Status.ON_HOLD, Status.RESOLVED, Status.NONE)
        if status not in TRANSITIONS[event_type]
    )
    for event_type in RECORDED
}


def checks(event_type: EventType, route: Route) -> list[str]:
    """In their order; those that can fail for this type by this route."""
    order = ["role"]
    if route is Route.SIGNED:
        order += ["expiry", "signature", "head"]
    order += ["nonce", "transition"]
    if event_type in ARGUMENT_ERRORS and not (event_type in HOLDS and route is Route.SINGLE):
        order += ["argument"]
    return order


@dataclass(frozen=True)
class Case:
    """A write that fails some of its checks."""

    event_type: EventType
    route: Route
    failing: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.event_type.name.lower()}-{self.route}-{'_and_'.join(self.failing)}"

    def prepare(self, registry: Registry, complaint: bytes) -> Entry:
        """The complaint in its status, with its clock run out if it runs. Returns the entry."""
        status = (
            FORBIDDING[self.event_type] if "transition" in self.failing else START.get(self.event_type, Status.OPEN)
        )
        if status is not Status.NONE:
            registry.create_due_at(complaint, registry.node.time + 1_000)
            registry.anchor(complaint, EVIDENCE)
        if status is Status.ON_HOLD:
            registry.pause(complaint)
        elif status is Status.RESOLVED:
            registry.log(complaint, EventType.RESOLVED)
        elif status is Status.CLOSED:
            registry.log(complaint, EventType.CLOSED)
        registry.node.warp(registry.node.time + 5_000)
        entry = registry.entry(complaint, self.event_type)
        if "nonce" in self.failing:
            entry = entry.but(nonce=entry.nonce + 5)
        return entry.but(data=self._data(registry, entry))

    def _data(self, registry: Registry, entry: Entry) -> bytes:
        wrong = "argument" in self.failing
        if self.event_type is EventType.EVIDENCE_ANCHORED and wrong:
            return EVIDENCE
        if self.event_type is EventType.SLA_DEADLINE_SET:
            return (0 if wrong else registry.node.time + 10_000).to_bytes(32)
        if self.event_type in HOLDS and wrong:
            return b"\x00" * 31 + b"\x01"
        return entry.data

    def error(self, registry: Registry, entry: Entry, actor: str, signed: SignedEntry) -> tuple[str, dict[str, object]]:
        """The first check that fails, as the contract tells of it."""
        state = registry.complaint(entry.complaint_id)
        known: dict[str, object] = {"complaintId": entry.complaint_id}
        errors: dict[str, Callable[[], tuple[str, dict[str, object]]]] = {
            "role": lambda: (
                "AccessControlUnauthorizedAccount",
                {"account": actor, "neededRole": registry.role(ROLE_OF[self.event_type])},
            ),
            "expiry": lambda: ("SignatureExpired", {"validUntil": signed.valid_until}),
            "signature": lambda: ("InvalidSignature", {"signer": actor}),
            "head": lambda: ("StaleHead", known | {"expected": state.head, "given": WRONG_HEAD}),
            "nonce": lambda: ("StaleNonce", known | {"expected": state.nonce, "given": entry.nonce}),
            "transition": lambda: (
                "InvalidTransition",
                known | {"status": state.status, "eventType": self.event_type},
            ),
            "argument": lambda: (
                ARGUMENT_ERRORS[self.event_type],
                {
                    EventType.EVIDENCE_ANCHORED: known | {"evidenceHash": EVIDENCE},
                    EventType.SLA_DEADLINE_SET: known | {"deadline": 0},
                }.get(self.event_type, {}),
            ),
        }
        return errors[self.failing[0]]()


CASES = [
    Case(event_type, route, failing)
    for event_type in RECORDED
    for route in Route
    for failing in (*pairwise(checks(event_type, route)), (checks(event_type, route)[-1],))
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_recorded_link__neighbouring_checks_fail__the_earlier_is_named_and_nothing_changes(
    registry: Registry, complaint: bytes, case: Case
) -> None:
    entry = case.prepare(registry, complaint)
    actors = registry.actors
    actor = actors.stranger if "role" in case.failing else actors.signer
    signed = registry.signed(
        entry,
        actor=actor,
        head=WRONG_HEAD if "head" in case.failing else bytes(22),
        valid_until=registry.node.time if "expiry" in case.failing else registry.node.time + 100,
    )
    before = registry.complaint(complaint)
    error, arguments = case.error(registry, entry, actor, signed)
    if case.route is Route.SIGNED:
        signature = registry.sign_entry(signed, signer=actors.recorder if "signature" in case.failing else actor)
        with reverts(error, **arguments):
            registry.record_signed(signed, signature)
    elif case.route is Route.SINGLE:
        with reverts(error, **arguments):
            registry.record(entry, sender=actor)
    elif case.failing[0] == "role":
        with reverts(error, **arguments):
            registry.record_batch([entry], sender=actor)
    else:
        reason = registry.selector(error)
        assert registry.recorded([entry], sender=actor) == 0
        assert registry.record_batch([entry], sender=actor).event == skipped(registry, complaint, entry.nonce, reason)
    assert registry.complaint(complaint) == before


@pytest.mark.parametrize("event_type", RECORDED[1:], ids=lambda event_type: event_type.name)
@pytest.mark.parametrize("route", Route)
def test_recorded_link__unknown_complaint_and_nonce_zero__is_an_invalid_transition(
    registry: Registry, complaint: bytes, event_type: EventType, route: Route
) -> None:
    """Also if the argument is out of range: the argument is the last thing looked at."""
    entry = registry.entry(complaint, event_type, 0, nonce=0)
    refusal = {"complaintId": complaint, "status": Status.NONE, "eventType": event_type}
    if route is Route.BATCH:
        reason = registry.selector("InvalidTransition")
        assert registry.record_batch([entry]).event == skipped(registry, complaint, 0, reason)
    elif route is Route.SINGLE:
        with reverts("InvalidTransition", **refusal):
            registry.record(entry)
    else:
        with reverts("InvalidTransition", **refusal):
            registry.record_signed(registry.signed(entry))
