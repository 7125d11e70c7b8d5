"""Checks histories against storage slots, straight from JSON-RPC logs.

Shares nothing with the code under test: no ABI, no client library, only the specification's tables and keccak. Trusted
are the deployment's immutables and the slots (or proofs of them); whoever supplied the logs is not.

The links alone determine every slot, so the whole slot is compared, not its head only: a contract that hashed its links
correctly and kept its clocks wrongly would be found too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from eth_utils import keccak

from tests.support.spec import TRANSITIONS
from tests.verification.decoder import WORD, BrokenHistory, Filings, Link, Slot, read_link

MAX_SLA_DURATION: Final = 3_650 * 86_400  # seconds
NEVER: Final = 2**32 - 1  # a saturated deadline, never due
COUNTER_END: Final = 255  # of escalations, and of objections
NONCE_END: Final = 2**24 - 511

NONE, OPEN, ON_HOLD, RESOLVED, CLOSED = range(5)
CREATED, DEADLINE_SET, PAUSED, RESUMED, ESCALATED, OBJECTED, EVIDENCE = 0, 9, 10, 11, 12, 13, 8
LIFECYCLE: Final[dict[int, dict[int, int]]] = {
    int(event_type): {int(before): int(after) for before, after in steps.items()}
    for event_type, steps in TRANSITIONS.items()
}


def is_author(complaint_id: bytes, subject: bytes, complainant: bytes) -> bool:
    """Whether the id names this complainant (20 bytes), who alone may object."""
    return keccak(subject + complainant.rjust(WORD, b"\0")) == complaint_id


@dataclass(frozen=True)
class Deployment:
    """What never changes. `default_sla`, `escalation_interval`: seconds; `contract`: an address as hex text."""

    contract: str
    genesis: bytes
    default_sla: int
    escalation_interval: int
    max_escalation_level: int


@dataclass(frozen=True)
class _Told:
    """What the links of one complaint have told so far."""

    slot: Slot
    time: int = 0
    evidence: frozenset[bytes] = frozenset()


class HistoryReader:
    """Follows all complaints of one registry, log by log."""

    def __init__(self, deployment: Deployment) -> None:
        self._rules = deployment
        self._told: dict[bytes, _Told] = {}
        self.filings = Filings()

    def fork(self) -> "HistoryReader":
        """Another reader that has read the same, and may go on differently."""
        reader = HistoryReader(self._rules)
        reader._told, reader.filings = dict(self._told), self.filings
        return reader

    def slot(self, complaint_id: bytes) -> Slot:
        """What the storage slot must hold after the links so far, with `genesis` as the head of what is unknown."""
        return self._of(complaint_id).slot

    def trust(self, complaint_id: bytes, slot: Slot) -> None:
        """Takes `slot` for proved and reads on from there."""
        self._told[complaint_id] = replace(self._of(complaint_id), slot=slot)

    def read(self, logs: Iterable[dict[str, Any]]) -> list[Link]:
        """Appends what the logs tell of. Raises `BrokenHistory` at once for what no registry could have emitted."""
        links = []
        for log in logs:
            if log["address"].lower() != self._rules.contract.lower():
                raise BrokenHistory("a log of another contract")
            link = read_link(log)
            if link is not None:
                self._append(link)
                links.append(link)
        return links

    def check(self, complaint_id: bytes, slot: Slot) -> None:
        """Raises `BrokenHistory` unless the links so far are the complete history behind `slot`."""
        told = self.slot(complaint_id)
        if told.event_count != slot.event_count:
            raise BrokenHistory(f"{told.event_count} links of {slot.event_count}")
        if not slot.event_count:
            slot = replace(slot, head=self._rules.genesis)  # the slot of an unknown complaint is all zeros
        if told.head != slot.head:
            raise BrokenHistory("the links do not lead to the head")
        if told != slot:
            raise BrokenHistory(f"the links lead to {told}, the contract keeps {slot}")

    def check_filings(self, filings: Filings) -> None:
        """Raises `BrokenHistory` unless every filing of the registry was among the logs, in order."""
        if self.filings != filings:
            raise BrokenHistory(f"{self.filings.count} filings of {filings.count}, or others, or in another order")

    def _of(self, complaint_id: bytes) -> _Told:
        return self._told.get(complaint_id, _Told(Slot(self._rules.genesis, 0, 0, NONE, 0, 0)))

    def _append(self, link: Link) -> None:
        told = self._of(link.complaint_id)
        if link.sequence != told.slot.event_count + 1:
            raise BrokenHistory(f"link {link.sequence} after {told.slot.event_count}")
        if link.timestamp < told.time:
            raise BrokenHistory(f"link {link.sequence} is older than the one before it")
        evidence = told.evidence
        if link.event_type == EVIDENCE:
            if link.data in evidence:
                raise BrokenHistory("the same evidence twice")
            evidence |= {link.data}
        slot = self._after(told.slot, link)
        slot = replace(slot, head=link.hashed_onto(told.slot.head), event_count=link.sequence)
        self._told[link.complaint_id] = _Told(slot, link.timestamp, evidence)
        if link.event_type == CREATED:
            self.filings = self.filings.plus(link.complaint_id)

    def _after(self, before: Slot, link: Link) -> Slot:
        """The slot after `link`, but for its head and count."""
        to = LIFECYCLE.get(link.event_type, {}).get(before.status)
        if to is None:
            raise BrokenHistory(f"link {link.sequence} of type {link.event_type} in status {before.status}")
        deadline = before.sla_deadline
        is_due = before.status == OPEN and deadline not in (0, NEVER) and link.timestamp > deadline
        if link.event_type == ESCALATED:
            if not is_due:
                raise BrokenHistory("an escalation without a missed deadline")
            return self._escalated(before, link)
        if is_due:
            raise BrokenHistory("a missed deadline is not on record")
        if link.event_type == OBJECTED:
            return replace(before, objections=_counted(before.objections))
        if before.nonce >= NONCE_END:
            raise BrokenHistory("more links than a complaint can have")
        if link.event_type == DEADLINE_SET:
            return replace(before, sla_deadline=_deadline_set(before, link))
        if link.event_type == CREATED:
            return replace(before, status=OPEN, sla_deadline=self._started(self._rules.default_sla, link))
        if before.status == OPEN != to and deadline:
            deadline = max(deadline - link.timestamp, 1)
        elif to == OPEN != before.status:
            deadline = self._started(deadline, link)
        if link.event_type in (PAUSED, RESUMED) and int.from_bytes(link.data) != deadline:
            raise BrokenHistory("a hold that names another clock")
        return replace(before, status=to, sla_deadline=deadline)

    def _escalated(self, before: Slot, link: Link) -> Slot:
        escalations = _counted(before.escalations)
        level = min(escalations, self._rules.max_escalation_level)
        missed, following = before.sla_deadline, 0
        if level < self._rules.max_escalation_level:
            following = min(missed + self._rules.escalation_interval, NEVER)
        if int.from_bytes(link.data) != level << 64 | missed << 32 | following:
            raise BrokenHistory("an escalation that names another level, deadline or successor")
        return replace(before, escalations=escalations, sla_deadline=following)

    @staticmethod
    def _started(seconds: int, link: Link) -> int:
        return min(link.timestamp + seconds, NEVER) if seconds else 0


def _counted(counter: int) -> int:
    if counter >= COUNTER_END:
        raise BrokenHistory("a counter beyond its end")
    return counter + 1


def _deadline_set(before: Slot, link: Link) -> int:
    deadline = int.from_bytes(link.data)
    if not 0 < deadline < NEVER or deadline > link.timestamp + MAX_SLA_DURATION or before.escalations >= COUNTER_END:
        raise BrokenHistory("a deadline out of range")
    return deadline
