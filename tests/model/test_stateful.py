"""Hypothesis drives registry and model through the same random lives; after every step the harness compares all."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.model.conftest import PROFILE, ModelFactory
from tests.model.harness import Harness, Point
from tests.model.observation import Scope
from tests.model.operations import Operation
from tests.model.plans import (
    ACTORS,
    COMPLAINANTS,
    EVIDENCE,
    REORG_DEPTH,
    Context,
    Moment,
    Plan,
    Reorg,
    Replay,
    RoleChange,
    Step,
    Store,
    Write,
    WriteMany,
    make,
    make_batch,
    make_role_change,
    steps,
)
from tests.model.registry_model import RegistryModel
from tests.support.contract import Contract
from tests.support.registry import Registry
from tests.support.spec import DAY, MAX_ESCALATION_INTERVAL, MAX_ESCALATION_LEVEL, MAX_UINT32


@dataclass(frozen=True)
class Terms:
    """What a registry is deployed with: seconds, but for the level. `starts`: Unix seconds, if not the usual."""

    default_sla: int
    interval: int
    levels: int
    starts: int | None = None


DEPLOYMENTS = {
    "daily_three_levels": Terms(0, DAY, 3),
    "every_second_one_level": Terms(60, 1, 1),
    "hourly_all_levels": Terms(DAY, 3600, MAX_ESCALATION_LEVEL),
    "yearly_at_the_end_of_32_bits": Terms(2 * DAY, MAX_ESCALATION_INTERVAL, 4, MAX_UINT32 - 5 * DAY),
}


@dataclass(frozen=True)
class Sent:
    """A transaction. `at`: its block's time, seconds."""

    operation: Operation
    sender: str
    at: int


@dataclass(frozen=True)
class Checkpoint:
    """A snapshot of the chain, and where everything stood then."""

    snapshot: str
    point: Point
    sent: int  # how many transactions before it


class RegistryMachine(RuleBasedStateMachine):
    """Many complaints, actors with and without roles, moving clocks. A subclass names the deployment."""

    registry: ClassVar[Registry]
    reader: ClassVar[Contract]
    model: ClassVar[RegistryModel]
    counts: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.registry.node.snapshot()
        accounts = tuple(getattr(self.registry.actors, name) for name in ACTORS)
        self.complaints = Context(self.registry, self.model).complaints
        scope = Scope(self.complaints, EVIDENCE, accounts)
        self.harness = Harness(self.registry, self.reader, self.model, scope, self.counts)
        self.sent: list[Sent] = []
        self.checkpoint = self._checkpoint()
        self.stored: list[Operation] = []

    def teardown(self) -> None:
        assert self.registry.node.balance(self.registry.address) == 0
        self.registry.node.revert(self.snapshot)

    @initialize(filed=st.integers(1, len(COMPLAINANTS)))
    def file(self, filed: int) -> None:
        """Lives differ in how many complaints there are at first."""
        parts = [Plan("entry", index, 1, None, None, "operator") for index in range(filed)]
        context = self._context(Moment(1, None))
        self._dispatch(make_batch(parts, "operator", context), "operator", context)

    @rule(step=steps)
    def step(self, step: Step) -> None:
        """One rule for everything, so that how often each kind comes is ours to say."""
        if isinstance(step, Reorg):
            self._reorg(step.order)
            return
        context = self._context(getattr(step, "moment", Moment(0, None)))
        match step:
            case Write(plan=plan):
                operation = make(plan, context)
                self._dispatch(operation, plan.actor, context)
            case WriteMany(parts=parts, actor=actor):
                self._dispatch(make_batch(parts, actor, context), actor, context)
            case Store(plan=plan):
                self.stored.append(make(plan, context))
            case Replay(index=index, actor=actor):
                known = [*self.stored, *(sent.operation for sent in self.sent)]
                if known:
                    self._dispatch(known[index % len(known)], actor, context)
            case RoleChange(function=function, role=role, account=account, actor=actor):
                self._dispatch(make_role_change(function, role, account, context), actor, context)

    def _context(self, moment: Moment) -> Context:
        model = self.harness.model
        return Context(self.registry, model.at(moment.time(model, self.complaints)))

    def _dispatch(self, operation: Operation, sender: str, context: Context) -> None:
        self._send(operation, context.account(sender), context.model.now)

    def _send(self, operation: Operation, sender: str, at: int) -> None:
        if len(self.sent) - self.checkpoint.sent == REORG_DEPTH:
            self.checkpoint = self._checkpoint()
        self.harness.send(operation, sender, at)
        self.sent.append(Sent(operation, sender, at))

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.registry.node.snapshot(), self.harness.point, len(self.sent))

    def _reorg(self, order: list[int]) -> None:
        """The same transactions since the checkpoint in another order, in blocks of the same times."""
        fallen = self.sent[self.checkpoint.sent :]
        if len(fallen) < 2:
            return
        del self.sent[self.checkpoint.sent :]
        self.registry.node.revert(self.checkpoint.snapshot)
        self.harness.back_to(self.checkpoint.point)
        self.checkpoint = self._checkpoint()
        self.counts["reorgs"] += 1
        shuffled = [fallen[index] for index in order if index < len(fallen)]
        for sent, at in zip(shuffled, [sent.at for sent in fallen], strict=True):
            self._send(sent.operation, sent.sender, at)


@pytest.mark.parametrize("terms", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_registry__lives_at_random__agrees_with_the_model_after_every_step(
    terms: Terms, model_of: ModelFactory, reader: Contract, record_property: Any
) -> None:
    started = time.perf_counter()
    deployed, oracle = model_of(
        defaultSLA=terms.default_sla, escalationInterval=terms.interval, maxEscalationLevel=terms.levels
    )
    if terms.starts:
        deployed.node.warp(terms.starts)
    outer_reader = reader

    class Machine(RegistryMachine):
        registry = deployed
        reader = outer_reader
        model = oracle
        counts: ClassVar[Counter[str]] = Counter()

    if settings.get_profile(PROFILE).derandomize:
        seed(list(DEPLOYMENTS.values()).index(terms))(Machine)  # each deployment its own lives, the same every time

    run_state_machine_as_test(Machine)
    record_property("model_steps", Machine.counts["steps"])
    record_property("model_seconds", time.perf_counter() - started)
    print(dict(Machine.counts.most_common()))
    # Each of these happens more than five times in a deployment's lives; what is rarer is met in each situation by
    # test_every_transition.
    missing = EXPECTED_TO_HAPPEN - {name for name, count in Machine.counts.items() if count}
    assert PROFILE == "quick" or not missing, "the drawn lives have become too dull to prove anything"


EXPECTED_TO_HAPPEN = {
    *("Record", "RecordSigned", "Batch", "Object", "EscalateBatch", "ChangeRole", "reorgs"),
    *("EntrySkipped", "ESCALATED", "OBJECTED", "ERASED", "NOTED", "CREATED", "SLA_RESUMED", "EVIDENCE_ANCHORED"),
    *("StaleNonce", "InvalidTransition", "DeadlineOutOfRange"),
    *("InvalidSignature", "AccessControlUnauthorizedAccount"),
}
