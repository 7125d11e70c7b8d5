"""Hypothesis drives registry and model through the same random lives; after every step the harness compares all."""

import time
from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.model.conftest import PROFILE
from tests.model.harness import Harness
from tests.model.observation import Scope
from tests.model.operations import Operation
from tests.model.plans import (
    ACTORS,
    COMPLAINTS,
    EVIDENCE,
    UNKNOWN,
    Context,
    Moment,
    Plan,
    Replay,
    RoleChange,
    Step,
    Write,
    WriteMany,
    kind_of,
    make,
    make_multicall,
    make_role_change,
    steps,
)
from tests.model.registry_model import RegistryModel
from tests.support.actors import Actors
from tests.support.contract import deploy
from tests.support.node import Node
from tests.support.registry import Registry, constructor_arguments
from tests.support.spec import DAY, MAX_ESCALATION_INTERVAL, MAX_SLA_DURATION, MAX_UINT8, MAX_UINT40

# (escalation interval in seconds, highest level, first block's distance from the end of uint40 time or None)
DEPLOYMENTS = {
    "daily_three_levels": (DAY, 3, None),
    "every_second_one_level": (1, 1, None),
    "yearly_all_levels_at_the_end_of_time": (MAX_ESCALATION_INTERVAL, MAX_UINT8, MAX_SLA_DURATION - 5 * DAY),
}

SLA_KINDS = ("deadline", "pause", "resume")


class RegistryMachine(RuleBasedStateMachine):
    """Many complaints, actors with and without roles, moving clocks. A subclass names the deployment."""

    registry: ClassVar[Registry]
    model: ClassVar[RegistryModel]
    counts: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = self.registry.node.snapshot()
        actors = self.registry.actors
        accounts = tuple(getattr(actors, name) for name in ACTORS)
        scope = Scope((*COMPLAINTS, UNKNOWN), EVIDENCE, accounts)
        self.harness = Harness(self.registry, self.model.copy(), scope, self.counts)
        self.sent: list[Operation] = []

    def teardown(self) -> None:
        self.registry.node.revert(self.snapshot)

    @initialize(filed=st.integers(0, len(COMPLAINTS)))
    def file(self, filed: int) -> None:
        """Lives differ in how many complaints there are at first."""
        for index in range(filed):
            self._send(Plan("log", index, 1, None, None, "recorder"), Moment(1, None))

    @rule(step=steps)
    def step(self, step: Step) -> None:
        """One transaction. One rule for all of them, so that how often each kind comes is ours to say."""
        context = self._context(step.moment)
        match step:
            case Write(plan=plan):
                self._dispatch(make(plan, context), self._sender(plan, context), context)
            case WriteMany(parts=parts, actor=actor):
                self._dispatch(make_multicall(parts, actor, context), actor, context)
            case Replay(index=index, actor=actor):
                if self.sent:
                    self._dispatch(self.sent[index % len(self.sent)], actor, context)
            case RoleChange(function=function, role=role, account=account, actor=actor):
                self._dispatch(make_role_change(function, role, account, context), actor, context)

    def _context(self, moment: Moment) -> Context:
        model = self.harness.model.copy()
        model.now = moment.time(model)
        return Context(self.registry, model)

    def _send(self, plan: Plan, moment: Moment) -> None:
        context = self._context(moment)
        self._dispatch(make(plan, context), self._sender(plan, context), context)

    def _sender(self, plan: Plan, context: Context) -> str:
        """Who may do it, unless the plan has somebody else in mind."""
        is_sla = kind_of(plan, context.model) in SLA_KINDS
        return "sla_manager" if plan.actor == "recorder" and is_sla else plan.actor

    def _dispatch(self, operation: Operation, sender: str, context: Context) -> None:
        self.harness.send(operation, context.account(sender), context.model.now)
        self.sent.append(operation)


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_registry__lives_at_random__agrees_with_the_model_after_every_step(
    deployment: tuple[int, int, int | None],
    node: Node,
    actors: Actors,
    registry_abi: list[dict[str, Any]],
    registry_bytecode: bytes,
    record_property: Any,
) -> None:
    interval, levels, before_the_end = deployment
    arguments = constructor_arguments(actors, escalationInterval=interval, maxEscalationLevel=levels)
    # The manager may record too, so that a multicall can mix both roles.
    arguments[2] = [*arguments[2], actors.sla_manager]
    address = deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments).address
    if before_the_end is not None:
        node.warp(MAX_UINT40 - before_the_end)

    class Machine(RegistryMachine):
        registry = Registry(node, address, registry_abi, actors)
        model = RegistryModel(
            node.chain_id, address, arguments[0], arguments[2], arguments[3], interval, levels, now=node.time
        )
        counts: ClassVar[Counter[str]] = Counter()

    if settings.get_profile(PROFILE).derandomize:
        seed(list(DEPLOYMENTS.values()).index(deployment))(
            Machine
        )  # each deployment its own lives, the same every time

    started = time.perf_counter()
    run_state_machine_as_test(Machine)
    record_property("model_steps", Machine.counts["steps"])
    record_property("model_seconds", time.perf_counter() - started)
    print(dict(Machine.counts.most_common()))
    missing = EXPECTED_TO_HAPPEN - {name for name, count in Machine.counts.items() if count}
    assert PROFILE == "quick" or not missing, "the drawn lives have become too dull to prove anything"


EXPECTED_TO_HAPPEN = {
    *("Log", "LogSigned", "Anchor", "SetDeadline", "Pause", "Resume", "Escalate", "EscalateBatch", "Multicall"),
    *("ChangeRole", "StaleSequence", "InvalidTransition", "SLABreachUnrecorded", "SLANotBreached"),
    *("DeadlineOutOfRange", "EvidenceAlreadyAnchored", "SignatureExpired", "InvalidSignature"),
    *("AccessControlUnauthorizedAccount", "AccessControlBadConfirmation"),
}
