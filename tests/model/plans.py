"""What a stateful test draws: intentions, made concrete against the model when their turn comes.

An intention says "the next sequence" or "one second after the deadline", so that most drawn steps do something, and
those that are refused are refused at the boundary.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.model.operations import (
    Anchor,
    ChangeRole,
    Escalate,
    EscalateBatch,
    Log,
    LogSigned,
    Multicall,
    Operation,
    Pause,
    Resume,
    SetDeadline,
)
from tests.model.registry_model import ModelRevert, RegistryModel
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import ORDER, SignedEvent, compact, malleate, sign_typed_data
from tests.support.spec import DAY, MAX_SLA_DURATION, MAX_UINT24, MAX_UINT40, EventType, Status

COMPLAINTS = tuple(complaint_id(number) for number in range(4))
UNKNOWN = complaint_id(99)
EVIDENCE = (data_hash(1), data_hash(2), bytes(32))
ACTORS = ("recorder", "second_recorder", "sla_manager", "signer", "stranger", "newcomer", "admin")

SEQUENCE_FLAWS = ("again", "skip", "zero", "last")
SIGNATURE_FLAWS = (
    *("other signer", "other chain", "other contract", "other sequence", "other actor", "other data"),
    *("other type", "later expiry", "high s", "compact", "truncated", "empty"),
)
VALID_FOR = (-1, 0, 1, 3600)  # seconds from the block that the event was signed for


@dataclass(frozen=True)
class Moment:
    """When: `after` seconds from the last block, or `after` seconds from a complaint's deadline, if that is ahead."""

    after: int
    of_deadline: int | None  # index of the complaint

    def time(self, model: RegistryModel) -> int:
        """Unix seconds, never before the last block."""
        base = model.now
        if self.of_deadline is not None:
            base = max(base, model.get_complaint(COMPLAINTS[self.of_deadline]).sla_deadline)
        return min(max(base + self.after, model.now), MAX_UINT40)


@dataclass(frozen=True)
class Plan:
    """One intended write. `number` stands for whatever the kind needs: a type, an evidence, a deadline."""

    kind: str
    complaint: int
    number: int
    sequence_flaw: str | None
    signature_flaw: str | None
    actor: str


@dataclass(frozen=True)
class Context:
    """What plans are made concrete against."""

    registry: Registry
    model: RegistryModel  # in the state and at the time at which the operation runs

    def account(self, name: str) -> str:
        """An actor's address."""
        address: str = getattr(self.registry.actors, name)
        return address


# Seconds from now.
DEADLINES = (
    -1,
    0,
    1,
    60,
    60,
    3600,
    3600,
    MAX_SLA_DURATION - 1,
    MAX_SLA_DURATION,
    MAX_SLA_DURATION + 1,
)  # seconds from now
KINDS = (
    *("apt",) * 15,
    *("log", "signed", "signed", "deadline", "pause", "resume", "anchor"),
    *("escalate", "batch"),
)

# What mostly makes sense for a complaint, so that lives do not end in a refusal at every step.
APT = {
    Status.NONE: ("log",),
    Status.OPEN: ("deadline", "log", "deadline", "anchor", "signed", "deadline"),
    Status.ON_HOLD: ("resume", "log", "resume", "anchor", "signed"),
    Status.RESOLVED: ("log", "anchor", "signed", "log"),
    Status.CLOSED: ("log",),
}
APT_WITH_CLOCK = ("pause", "escalate", "log", "deadline", "pause", "anchor", "escalate", "signed")
APT_TYPES = {
    Status.NONE: (EventType.CREATED,),
    Status.OPEN: (EventType.RESOLVED, EventType.ASSIGNED, EventType.COMMENTED, EventType.REJECTED, EventType.CLOSED),
    Status.ON_HOLD: (EventType.STATUS_UPDATED, EventType.COMMENTED, EventType.RESOLVED, EventType.CLOSED),
    Status.RESOLVED: (EventType.REOPENED, EventType.COMMENTED, EventType.REOPENED, EventType.CLOSED),
    Status.CLOSED: (EventType.REOPENED,),
}


def mostly(usual: Any, flaws: tuple[Any, ...], one_in: int) -> st.SearchStrategy[Any]:
    """`usual`, but once in a while one of `flaws`."""
    return st.sampled_from([usual] * ((one_in - 1) * len(flaws)) + list(flaws))


moments = st.builds(
    Moment,
    after=st.sampled_from([0, 1, 1, 1, 2, 1, 0, 59, 3600, DAY, -1]),
    of_deadline=st.sampled_from([None] * 6 + [0, 0, 1, 2, 3]),
)

plans = st.builds(
    Plan,
    kind=st.sampled_from(KINDS),
    complaint=st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3]),
    number=st.integers(0, 2**16 - 1),
    sequence_flaw=mostly(None, SEQUENCE_FLAWS, 12),
    signature_flaw=mostly(None, SIGNATURE_FLAWS, 3),
    actor=mostly("recorder", ACTORS, 3),
)


@dataclass(frozen=True)
class Write:
    plan: Plan
    moment: Moment


@dataclass(frozen=True)
class WriteMany:
    """A multicall: all or nothing. The manager may record too in these tests, so it can mix both roles."""

    parts: list[Plan]
    actor: str
    moment: Moment


@dataclass(frozen=True)
class Replay:
    """Anybody sends again what was sent before, signatures included."""

    index: int
    actor: str
    moment: Moment


@dataclass(frozen=True)
class RoleChange:
    """Keys come and go."""

    function: str
    role: str
    account: str
    actor: str
    moment: Moment


Step = Write | WriteMany | Replay | RoleChange

actors = st.sampled_from(ACTORS)
writes = st.builds(Write, plans, moments)
many_writes = st.builds(WriteMany, st.lists(plans, max_size=6), mostly("sla_manager", ACTORS, 4), moments)
replays = st.builds(Replay, st.integers(0, 2**16 - 1), actors, moments)
role_changes = st.builds(
    RoleChange,
    function=st.sampled_from(["grantRole", "revokeRole", "renounceRole"]),
    role=st.sampled_from(["RECORDER_ROLE", "SLA_MANAGER_ROLE"]),
    account=mostly("newcomer", ACTORS, 2),
    actor=mostly("admin", ACTORS, 3),
    moment=moments,
)
steps: st.SearchStrategy[Step] = st.sampled_from(
    [writes] * 10 + [many_writes] * 3 + [replays] * 1 + [role_changes] * 1
).flatmap(lambda kind: kind)


def make(plan: Plan, context: Context) -> Operation:
    """The operation that the plan means now."""
    model, number = context.model, plan.number
    complaint = COMPLAINTS[plan.complaint]
    sequence = _sequence(model.get_complaint(complaint).event_count, plan.sequence_flaw)
    match kind_of(plan, model):
        case "log":
            return Log(complaint, _event_type(model, complaint, number), data_hash(number), sequence)
        case "signed":
            return _signed(plan, context, complaint, sequence)
        case "anchor":
            return Anchor(complaint, EVIDENCE[number % len(EVIDENCE)], sequence)
        case "deadline":
            deadline = model.now + DEADLINES[number % len(DEADLINES)]
            return SetDeadline(complaint, min(deadline, MAX_UINT40), sequence)
        case "pause":
            return Pause(complaint, sequence)
        case "resume":
            return Resume(complaint, sequence)
        case "escalate":
            return Escalate(UNKNOWN if number % 50 == 0 else complaint)
    ids = (*COMPLAINTS, UNKNOWN)
    picks = tuple(ids[number // 5**place % 5] for place in range(number % 7))
    return EscalateBatch(picks)


def kind_of(plan: Plan, model: RegistryModel) -> str:
    """What the plan comes to, if it leaves the choice to the moment."""
    if plan.kind != "apt":
        return plan.kind
    state = model.get_complaint(COMPLAINTS[plan.complaint])
    has_clock = state.status is Status.OPEN and state.sla_deadline
    menu = APT_WITH_CLOCK if has_clock else APT[state.status]
    return menu[plan.number // 16 % len(menu)]


def make_multicall(parts: list[Plan], actor: str, context: Context) -> Multicall:
    """Each part is meant for the state that the parts before it leave."""
    ahead = Context(context.registry, context.model.copy())
    sender = context.account(actor)
    operations = []
    for part in parts:
        operation = make(part, ahead)
        operations.append(operation)
        try:
            operation.apply(ahead.model, sender)
        except ModelRevert:
            break
    return Multicall(tuple(operations))


def make_role_change(function: str, role: str, account: str, context: Context) -> ChangeRole:
    """A change of roles, of the two that the registry knows."""
    return ChangeRole(function, role, context.account(account))


def _event_type(model: RegistryModel, complaint: bytes, number: int) -> int:
    """One that its status allows, mostly; otherwise any, with 13 for what is no event type at all."""
    if number % 4:
        menu = APT_TYPES[model.get_complaint(complaint).status]
        return menu[number // 4 % len(menu)]
    return number // 4 % 14


def _sequence(count: int, flaw: str | None) -> int:
    wrong = {"again": count, "skip": count + 2, "zero": 0, "last": MAX_UINT24}
    return wrong[flaw] if flaw else count + 1


def _signed(plan: Plan, context: Context, complaint: bytes, sequence: int) -> LogSigned:
    registry, model, flaw = context.registry, context.model, plan.signature_flaw
    actor = context.account(plan.actor)
    valid_until = min(model.now + VALID_FOR[plan.number % len(VALID_FOR)], MAX_UINT40)
    event_type = min(_event_type(model, complaint, plan.number), EventType.ESCALATED)
    event = SignedEvent(complaint, event_type, data_hash(plan.number), sequence, actor, valid_until)
    signed_event, chain_id, signer = event, model.chain_id, actor
    contract: str = registry.address
    if flaw == "other signer":
        signer = registry.actors.successor
    elif flaw == "other chain":
        chain_id += 1
    elif flaw == "other contract":
        contract = registry.actors.successor
    elif flaw == "other sequence":
        signed_event = event.but(sequence=(sequence + 1) % MAX_UINT24)
    elif flaw == "other actor":
        signed_event = event.but(actor=registry.actors.successor)
    elif flaw == "other data":
        signed_event = event.but(data_hash=data_hash(plan.number + 1))
    elif flaw == "other type":
        signed_event = event.but(event_type=(event_type + 1) % 8)
    elif flaw == "later expiry":
        signed_event = event.but(valid_until=(valid_until - 1))
    signature = sign_typed_data(registry.node, signer, signed_event.typed_data(chain_id, contract))
    return LogSigned(
        *(complaint, event_type, event.data_hash, sequence, actor, valid_until),
        signature=_spoil(signature, flaw),
        is_genuine=flaw is None,
    )


def _spoil(signature: bytes, flaw: str | None) -> bytes:
    if flaw == "high s":
        assert int.from_bytes(signature[32:64]) <= ORDER // 2
        return malleate(signature)
    if flaw == "compact":
        return compact(signature)
    if flaw == "truncated":
        return signature[:-1]
    return b"" if flaw == "empty" else signature
