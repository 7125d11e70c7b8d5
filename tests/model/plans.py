"""What a stateful test draws: intentions, made concrete against the model when their turn comes.

An intention says "the next nonce" or "one second after the deadline", so that most drawn steps do something, and those
that are refused are refused at the boundary.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from tests.model.operations import (
    Batch,
    ChangeRole,
    Escalate,
    EscalateBatch,
    Log,
    Object,
    Operation,
    Record,
    RecordSigned,
)
from tests.model.registry_model import RegistryModel
from tests.model.signatures import SIGNATURE_FLAWS, sign, sign_objection
from tests.support.actors import Actors
from tests.support.entries import NO_DATA, Entry, Objection, complaint_id, data_hash, subject
from tests.support.registry import Registry
from tests.support.spec import (
    ANY_HEAD,
    CLOCK,
    DAY,
    MAX_SLA_DURATION,
    MAX_UINT24,
    MAX_UINT40,
    NEVER,
    ROLES,
    ZERO_ADDRESS,
    EventType,
    Status,
)

EVIDENCE: Final = (data_hash(1), data_hash(2), bytes(32))
ACTORS: Final = (
    *("operator", "recorder", "second_recorder", "sla_manager", "intake", "signer"),
    *("complainant", "stranger", "newcomer", "admin"),
)
COMPLAINANTS: Final = ("complainant", "complainant", "stranger", None)
"""Of each complaint: an actor's name, or nobody."""

REORG_DEPTH: Final = 5
"""Transactions that fall out at most."""

NONCE_FLAWS: Final = ("again", "skip", "zero", "count", "last")
STALE_HEAD: Final = b"\x01" * 22
VALID_FOR: Final = (0, -1, 1, 0, 3600, 10**12, 0)  # seconds from the block that the entry was signed for

# Seconds from now.
DEADLINES: Final = (-DAY, -1, 0, 1, 60, 60, 3600, 3600, 2 * DAY, MAX_SLA_DURATION, MAX_SLA_DURATION + 1)
ABSOLUTE_DEADLINES: Final = (0, 1, NEVER - 1, NEVER, 2**32 + 5, 2**255)

KINDS: Final = (*("entry",) * 16, *("signed",) * 5, *("object",) * 3, *("escalate",) * 2, *("escalate batch",) * 2)


@dataclass(frozen=True)
class Moment:
    """When: `after` seconds from the last block, or `after` seconds from a complaint's deadline, if that is ahead."""

    after: int
    of_deadline: int | None  # index of the complaint

    def time(self, model: RegistryModel, complaints: tuple[bytes, ...]) -> int:
        """Unix seconds, never before the last block."""
        base = model.now
        if self.of_deadline is not None:
            deadline = model.get_complaint(complaints[self.of_deadline]).sla_deadline
            base = deadline if base < deadline < base + 2 * MAX_SLA_DURATION else base
        return min(max(base + self.after, model.now), MAX_UINT40)


@dataclass(frozen=True)
class Plan:
    """One intended write. `number` stands for whatever the kind needs: a type, an evidence, a deadline."""

    kind: str
    complaint: int
    number: int
    nonce_flaw: str | None
    signature_flaw: str | None
    actor: str


@dataclass(frozen=True)
class Context:
    """What plans are made concrete against."""

    registry: Registry
    model: RegistryModel  # in the state and at the time at which the operation runs

    def account(self, name: str | None) -> str:
        """An actor's address, or nobody's."""
        return getattr(self.registry.actors, name) if name else ZERO_ADDRESS

    @property
    def complaints(self) -> tuple[bytes, ...]:
        """The ids that these lives are about, and one that is never filed."""
        return complaints_of(self.registry.actors)


@cache
def complaints_of(actors: Actors) -> tuple[bytes, ...]:
    """The ids that these lives are about, and one that is never filed."""
    names = (*COMPLAINANTS, None)
    return tuple(
        complaint_id(number, getattr(actors, name) if name else ZERO_ADDRESS) for number, name in enumerate(names)
    )


# What mostly makes sense for a complaint, so that lives do not end in a refusal at every step.
APT: Final = {
    Status.NONE: (EventType.CREATED,),
    Status.OPEN: (
        *(EventType.SLA_DEADLINE_SET,) * 4,
        *(EventType.SLA_PAUSED, EventType.EVIDENCE_ANCHORED, EventType.ASSIGNED, EventType.COMMENTED),
        *(EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED, EventType.NOTED),
    ),
    Status.ON_HOLD: (
        *(EventType.SLA_RESUMED,) * 4,
        *(EventType.STATUS_UPDATED, EventType.RESOLVED, EventType.EVIDENCE_ANCHORED, EventType.CLOSED),
    ),
    Status.RESOLVED: (EventType.REOPENED, EventType.REOPENED, EventType.COMMENTED, EventType.CLOSED, EventType.ERASED),
    Status.CLOSED: (EventType.REOPENED, EventType.REOPENED, EventType.NOTED),
}


def mostly(usual: Any, flaws: tuple[Any, ...], one_in: int) -> st.SearchStrategy[Any]:
    """`usual`, but once in a while one of `flaws`."""
    return st.sampled_from([usual] * ((one_in - 1) * len(flaws)) + list(flaws))


moments = st.builds(
    Moment,
    after=st.sampled_from([0, 1, 1, 1, 2, 1, 0, 59, 3600, DAY, -1]),
    of_deadline=st.sampled_from([None] * 5 + [0, 0, 1, 2, 3]),
)

plans = st.builds(
    Plan,
    kind=st.sampled_from(KINDS),
    complaint=st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3]),
    number=st.integers(0, 2**16 - 1),
    nonce_flaw=mostly(None, NONCE_FLAWS, 12),
    signature_flaw=mostly(None, SIGNATURE_FLAWS, 5),
    actor=mostly("operator", ACTORS, 4),
)


@dataclass(frozen=True)
class Write:
    plan: Plan
    moment: Moment


@dataclass(frozen=True)
class WriteMany:
    """A batch."""

    parts: list[Plan]
    actor: str
    moment: Moment


@dataclass(frozen=True)
class Store:
    """Somebody signs now, and it is sent later or never."""

    plan: Plan


@dataclass(frozen=True)
class Replay:
    """Anybody sends what was signed and stored, or sent before."""

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


@dataclass(frozen=True)
class Reorg:
    """The last transactions fall out of the chain and come back in another order."""

    order: list[int]


Step = Write | WriteMany | Store | Replay | RoleChange | Reorg

actors = st.sampled_from(ACTORS)
writes = st.builds(Write, plans, moments)
many_writes = st.builds(WriteMany, st.lists(plans, min_size=1, max_size=9), mostly("operator", ACTORS, 5), moments)
stores = st.builds(Store, plans)
replays = st.builds(Replay, st.integers(0, 2**16 - 1), actors, moments)
role_changes = st.builds(
    RoleChange,
    function=st.sampled_from(["grantRole", "grantRole", "revokeRole", "renounceRole"]),
    role=st.sampled_from(ROLES),
    account=mostly("newcomer", ACTORS, 2),
    actor=mostly("admin", ACTORS, 3),
    moment=moments,
)
reorgs = st.builds(Reorg, st.permutations(range(REORG_DEPTH)))
steps: st.SearchStrategy[Step] = st.sampled_from(
    [writes] * 10 + [many_writes] * 6 + [stores] * 2 + [replays] * 3 + [role_changes] * 2 + [reorgs]
).flatmap(lambda kind: kind)


def make(plan: Plan, context: Context) -> Operation:
    """The operation that the plan means now."""
    complaints, number = context.complaints, plan.number
    complaint = complaints[plan.complaint]
    match plan.kind:
        case "escalate":
            return Escalate(complaints[-1] if number % 50 == 0 else complaint)
        case "escalate batch":
            return EscalateBatch(tuple(complaints[number // 5**place % 5] for place in range(number % 7)))
        case "object":
            complainant = context.account(COMPLAINANTS[plan.complaint])
            objections = context.model.get_complaint(complaint).objections
            objections = {"again": max(objections - 1, 0), "skip": objections + 1}.get(plan.nonce_flaw, objections)
            objection = Objection(subject(plan.complaint), complainant, data_hash(number), objections)
            return Object(objection, *sign_objection(context.registry, objection, plan.signature_flaw))
    entry = make_entry(plan, context)
    if plan.kind == "signed":
        actor = context.account("signer" if plan.actor == "operator" else plan.actor)
        valid_until = min(context.model.now + VALID_FOR[number % len(VALID_FOR)], MAX_UINT40)
        head = (context.model.get_complaint(complaint).head, STALE_HEAD, ANY_HEAD, ANY_HEAD)[number % 4]
        signed = context.registry.signed(entry, actor=actor, head=head, valid_until=valid_until)
        return RecordSigned(signed, *sign(context.registry, signed, plan.signature_flaw))
    is_callable = entry.event_type not in CLOCK[1:] or entry.data == NO_DATA  # the functions carry no data
    return Record(entry) if is_callable and number % 8 != 5 else Log(entry)


def make_entry(plan: Plan, context: Context) -> Entry:
    """The entry that the plan means now."""
    model, number = context.model, plan.number
    complaint = context.complaints[plan.complaint]
    state = model.get_complaint(complaint)
    wrong = {"again": state.nonce - 1, "skip": state.nonce + 1, "count": state.event_count, "last": MAX_UINT24}
    nonce = max(wrong.get(plan.nonce_flaw, 0 if plan.nonce_flaw == "zero" else state.nonce), 0)
    event_type = number // 4 % 17  # 16 is no type at all
    if number % 16 != 15:
        event_type = APT[state.status][number // 4 % len(APT[state.status])]
    return Entry(complaint, event_type, _data(model, event_type, number), nonce)


def make_batch(parts: list[Plan], actor: str, context: Context) -> Batch:
    """Each part is meant for the state that the parts before it leave."""
    ahead = Context(context.registry, context.model.at(context.model.now))
    sender, entries = context.account(actor), []
    for part in sorted(parts, key=lambda part: part.complaint) if parts[0].number % 4 else parts:
        entry = make_entry(part, ahead)
        is_no_type = entry.event_type > EventType.NOTED
        if is_no_type and part.number % 3:
            continue  # it would revert the whole batch, so it is rare
        entries.append(entry)
        if is_no_type:
            break
        if all(sender in holders for holders in ahead.model.roles.values()):
            ahead.model.record_batch(sender, (entry,))
    return Batch(tuple(entries))


def make_role_change(function: str, role: str, account: str, context: Context) -> ChangeRole:
    """A change of one of the three roles."""
    return ChangeRole(function, role, context.account(account))


def _data(model: RegistryModel, event_type: int, number: int) -> bytes:
    if event_type == EventType.EVIDENCE_ANCHORED:
        return EVIDENCE[number % len(EVIDENCE)]
    if event_type == EventType.SLA_DEADLINE_SET:
        if number % 9 == 8:
            return ABSOLUTE_DEADLINES[number // 9 % len(ABSOLUTE_DEADLINES)].to_bytes(32)
        return max(model.now + DEADLINES[number % len(DEADLINES)], 0).to_bytes(32)
    if event_type in CLOCK:
        return data_hash(1) if number % 5 == 4 else NO_DATA
    return data_hash(number)
