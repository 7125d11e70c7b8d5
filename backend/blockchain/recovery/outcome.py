"""The operator's decisions about complaints, and their results."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from blockchain.models import ChainEvent, Complaint, Write
from blockchain.protocol.kinds import EventType
from blockchain.recovery.plan import Plan

UNLAWFUL = "the lifecycle forbids some of the accepted writes: see `manage.py recover`"
CONTRADICTED = "the chain has another filing under this id, which the id itself contradicts: see `manage.py recover`"


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What the operator has decided. `stolen`: checksummed addresses; `by`: an opaque id, or `system`.

    `give_up`: give up writes that are no longer lawful; `refile`: give a new id to a complaint if someone else filed
    under its id. `own` is the relay's key: transactions of other keys that have not landed can no longer land; empty:
    they all can. `known_only`: leave complaints unchanged that have unknown links, or writes that may still land.
    """

    own: str
    known_only: bool = False
    give_up: bool = False
    refile: bool = False
    stolen: Collection[str] = ()
    by: str = "system"
    dry_run: bool = False


@dataclass(kw_only=True)
class Outcome:
    """What was done, or would be done, to a complaint; each number with its list of kinds."""

    complaint: Complaint
    confirmed: int = 0
    imported: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    disowned: list[int] = field(default_factory=list)
    undoing: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    unlawful: list[str] = field(default_factory=list)
    # The id under which it is refiled; empty if it is not.
    refiled_as: str = ""
    # Why it is left frozen; empty if it is not.
    left: str = ""
    # Whether there was anything to do.
    changed: bool = False


def outcome_of(
    complaint: Complaint, plan: Plan, writes: Sequence[Write], links: Sequence[ChainEvent], decisions: Decisions
) -> Outcome:
    """What the plan comes to. `links` are the recorders' links, by nonce."""
    by_pk = {write.pk: write for write in writes}

    def named(pks: Sequence[int]) -> list[str]:
        return [f"{by_pk[pk].get_event_type_display()} (nonce {by_pk[pk].nonce})" for pk in pks]

    landed = [pk for pk, nonce in plan.nonces.items() if nonce < len(links)]
    outcome = Outcome(
        complaint=complaint,
        confirmed=sum(by_pk[pk].state != Write.State.CONFIRMED for pk in landed),
        imported=[f"{EventType(links[nonce].event_type).name} by {links[nonce].actor}" for nonce in plan.imported],
        moved=named(plan.moved),
        disowned=[links[nonce].sequence for nonce in plan.disowned],
        undoing=[event_type.name for event_type in plan.undoing],
        restored=named(plan.restored),
        revived=[f"{EventType(links[nonce].event_type).name} by {links[nonce].actor}" for nonce in plan.revived],
        expired=named([*plan.expired, *plan.freed]),
        unsigned=named(plan.unsigned),
        unlawful=named(plan.unlawful),
    )
    if plan.contradicted and plan.travelling is None and not decisions.refile:
        outcome.left = CONTRADICTED
    elif plan.travelling is not None:
        outcome.left = f"{named([plan.travelling])[0]} is in a transaction that may still land: run it again later"
    elif plan.unlawful and not decisions.give_up:
        outcome.left = UNLAWFUL
    outcome.changed = bool(
        outcome.confirmed
        or plan.contradicted
        or plan.imported
        or plan.moved
        or plan.restored
        or plan.revived
        or plan.freed
        or plan.dropped
        or plan.disowned
        or (plan.unlawful and decisions.give_up)
        or complaint.frozen_reason
    )
    return outcome
