"""A registry and its model side by side: what is sent to one is applied to the other, and all must agree."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field

from tests.model import observation
from tests.model.observation import Observation, Scope
from tests.model.operations import Escalate, EscalateBatch, Multicall, Operation
from tests.model.registry_model import ModelRevert, RegistryModel
from tests.model.rules import RULES, Step
from tests.support.codec import Reverted
from tests.support.registry import Registry
from tests.verification.chain_verifier import HistoryReader, Slot

RETURNING = (Escalate, EscalateBatch, Multicall)


@dataclass
class Harness:
    """One run of a test against one deployment."""

    registry: Registry
    model: RegistryModel
    scope: Scope
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.history = HistoryReader(self.model.chain_id, self.registry.address)
        self.model.now = self.registry.node.time
        self.before: Observation = observation.of_chain(self.registry, self.scope)
        assert self.before == observation.of_model(self.model, self.scope)

    @classmethod
    def resume(cls, other: "Harness", model: RegistryModel, before: Observation) -> "Harness":
        """Another run from where `other` stood when its model was `model`, at no cost of reading the chain."""
        harness = cls.__new__(cls)
        harness.registry, harness.scope, harness.counts = other.registry, other.scope, other.counts
        harness.model, harness.before, harness.history = model, before, deepcopy(other.history)
        return harness

    def send(self, operation: Operation, sender: str, at: int) -> str | None:
        """Sends it in a block of time `at`, seconds, and compares all. The name of the error, if it reverted."""
        expected = self.model.copy()
        expected.now, expected.events = at, []
        reason: ModelRevert | None = None
        result = b""
        try:
            result = operation.apply(expected, sender)
        except ModelRevert as error:
            reason = error
            expected = replace_time(self.model, at)
        self._send_to_chain(operation, sender, at, expected, reason, result)
        self.model = expected
        self.counts["steps"] += 1
        self.counts[reason.name or "no data" if reason else type(operation).__name__] += 1
        return reason.name if reason else None

    def _send_to_chain(
        self,
        operation: Operation,
        sender: str,
        at: int,
        expected: RegistryModel,
        reason: ModelRevert | None,
        result: bytes,
    ) -> None:
        node, codec = self.registry.node, self.registry.codec
        receipt = node.send(sender, self.registry.address, operation.calldata(codec), at=at)
        assert receipt.timestamp == at
        assert receipt.succeeded == (reason is None), f"expected {reason or 'success'}"
        if reason is not None:
            error: Reverted = codec.revert(node.output(receipt.transaction_hash))
            assert (error.name, error.arguments) == (reason.name, reason.arguments), f"expected {reason}, got {error}"
        elif isinstance(operation, RETURNING):
            assert node.output(receipt.transaction_hash) == result

        events = [codec.event(log) for log in receipt.logs]
        assert [(event.name, event.args) for event in events] == [(event.name, event.args) for event in expected.events]
        links = self.history.read(receipt.logs)
        after = observation.of_chain(self.registry, self.scope)
        assert after == observation.of_model(expected, self.scope)
        for complaint, seen in after.complaints.items():
            self.history.check(complaint, Slot.decode(node.storage(self.registry.address, self._slot(complaint))))
            assert self.history.head(complaint) == seen.head
        step = Step(
            before=self.before,
            after=after,
            now=at,
            error=reason.name if reason else None,
            links=links,
            events=events,
            escalation_interval=expected.escalation_interval,
            max_escalation_level=expected.max_escalation_level,
            ether=node.balance(self.registry.address),
        )
        for rule in RULES:
            rule(step)
        self.before = after

    def _slot(self, complaint: bytes) -> int:
        return self.registry.slot_of(complaint)


def replace_time(model: RegistryModel, now: int) -> RegistryModel:
    """The model as it is, at a later time."""
    later = model.copy()
    later.now, later.events = now, []
    return later
