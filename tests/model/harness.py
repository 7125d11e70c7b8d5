"""A registry and its model side by side: what is sent to one is applied to the other, and all must agree.

The verifier reads the same logs and judges by the links alone, so that a mistake which contract and model share is
found too.
"""

from collections import Counter
from dataclasses import dataclass, field

from tests.model import observation
from tests.model.observation import Observation, Scope
from tests.model.operations import Batch, Escalate, EscalateBatch, Operation
from tests.model.registry_model import ModelRevert, RegistryModel
from tests.support.contract import Contract
from tests.support.node import Receipt
from tests.support.registry import Registry
from tests.support.slots import FILINGS_SLOT, Complaint, complaint_slot
from tests.support.spec import ROLE_OF, UNRECORDED, EventType
from tests.verification.chain_verifier import Deployment, HistoryReader
from tests.verification.decoder import Filings, Link, Slot

RETURNING = (Escalate, EscalateBatch, Batch)


@dataclass(frozen=True)
class Point:
    """Where a harness stood: to go back to, with a snapshot of the chain."""

    model: RegistryModel
    before: Observation
    history: HistoryReader


@dataclass
class Harness:
    """One run of a test against one deployment."""

    registry: Registry
    reader: Contract
    model: RegistryModel
    scope: Scope
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        model = self.model
        terms = (model.default_sla, model.escalation_interval, model.max_escalation_level)
        self.history = HistoryReader(Deployment(self.registry.address, model.genesis, *terms))
        self.model = model.at(self.registry.node.time)
        self.before: Observation = observation.of_chain(self.registry, self.reader, self.scope, self.model.now)
        assert self.before == observation.of_model(self.model, self.scope)

    @property
    def point(self) -> Point:
        """Where it stands now."""
        return Point(self.model, self.before, self.history.fork())

    def back_to(self, point: Point) -> None:
        """Goes on from there, once the chain has been put back."""
        self.model, self.before, self.history = point.model, point.before, point.history.fork()

    def force(self, complaint: bytes, **changes: int | bytes) -> Complaint:
        """Writes fields of a slot from outside, on both sides: states that take too many transactions to reach."""
        state = self.registry.force(complaint, **changes)
        self.model.complaints[complaint] = state
        self.history.trust(complaint, Slot.decode(state.pack()))
        self.before = observation.of_chain(self.registry, self.reader, self.scope, self.model.now)
        return state

    def send(self, operation: Operation, sender: str, at: int) -> str | None:
        """Sends it in a block of time `at`, seconds, and compares all. The name of the error, if it reverted."""
        expected, reason, result = self.model.at(at), None, b""
        try:
            result = operation.apply(expected, sender)
        except ModelRevert as error:
            expected, reason = self.model.at(at), error
        node = self.registry.node
        receipt = node.send(sender, self.registry.address, operation.calldata(self.registry), at=at)
        assert receipt.timestamp == at
        assert receipt.succeeded == (reason is None), f"expected {reason or 'success'}"
        if reason is not None:
            error = self.registry.codec.revert(node.output(receipt.transaction_hash))
            assert (error.name, error.arguments) == (reason.name, reason.arguments), f"expected {reason}, got {error}"
        elif isinstance(operation, RETURNING):
            assert node.output(receipt.transaction_hash) == result
        self._compare(receipt, expected)
        self.model = expected
        self._count(operation, reason)
        return reason.name if reason else None

    def _compare(self, receipt: Receipt, expected: RegistryModel) -> None:
        node, registry = self.registry.node, self.registry
        events = [registry.codec.event(log) for log in receipt.logs]
        assert [(event.name, event.args) for event in events] == [(event.name, event.args) for event in expected.events]
        after = observation.of_chain(registry, self.reader, self.scope, expected.now)
        assert after == observation.of_model(expected, self.scope)

        links = self.history.read(receipt.logs)
        for complaint in {link.complaint_id for link in links}:
            self.history.check(complaint, Slot.decode(node.storage(registry.address, complaint_slot(complaint))))
            assert self.history.slot(complaint).head == after.complaints[complaint].state.head
        for complaint in self.before.complaints.keys() - {link.complaint_id for link in links}:
            assert after.complaints[complaint].state == self.before.complaints[complaint].state
        if (links and links[0].sequence == 1) or after.filings != self.before.filings:
            self.history.check_filings(Filings.decode(node.storage(registry.address, FILINGS_SLOT)))
        for link in links:
            self._check_actor(link)
        self.before = after

    def _check_actor(self, link: Link) -> None:
        """Who is on record for a recorder's link had its role."""
        event_type = EventType(link.event_type)
        if event_type not in UNRECORDED:
            role = ROLE_OF[event_type]
            holders = {int(account, 16) for (name, account), has in self.before.roles.items() if name == role and has}
            assert int.from_bytes(link.actor) in holders

    def _count(self, operation: Operation, reason: ModelRevert | None) -> None:
        self.counts["steps"] += 1
        self.counts[reason.name or "no data" if reason else type(operation).__name__] += 1
        for event in self.model.events:
            name = event.args["eventType"].name if event.name == "LinkAppended" else event.name
            self.counts[name] += 1
