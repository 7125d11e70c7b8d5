"""The steps of a recovery, in order. Each step prints what it does, and what it is waiting for."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q

from blockchain.chain.contract import Registry
from blockchain.indexer.cursor import CursorMoved
from blockchain.indexer.sync import events_sync_up_to
from blockchain.models import ChainState, Complaint, RelayLease, Write
from blockchain.recovery.complaints import LinksMissing, complaint_recover
from blockchain.recovery.filings import UnknownFiling, unknown_filings
from blockchain.recovery.keys import Keys, final_block, foreign_use, keys_read
from blockchain.recovery.outcome import Decisions, Outcome
from blockchain.recovery.transactions import old_transactions_close

logger = logging.getLogger(__name__)

WAIT = 5.0  # seconds between looks at what is waited for
COMPLAINTS_AT_ONCE = 500
# How often a step is tried again when an indexer was faster.
TRIES = 50

Say = Callable[[str], None]


class NotReady(Exception):
    """The recovery can't continue yet. The message says what has to be done or become final first."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the operator says. Addresses are checksummed; see `keys_read` for `old` and `kept`.

    `wait`: whether to wait for the keys, or to raise `NotReady`.
    """

    decisions: Decisions
    old: Collection[str] = ()
    kept: Collection[str] = ()
    wait: bool = True


@dataclass(kw_only=True)
class Result:
    """What was done. `left`: complaints that stay frozen."""

    complaints: list[Outcome] = field(default_factory=list)
    left: list[Outcome] = field(default_factory=list)
    unknown: list[UnknownFiling] = field(default_factory=list)
    transactions: int = 0


def recover(*, registry: Registry, options: Options, say: Say) -> Result:
    """Runs all steps. May be interrupted and repeated anywhere. Raises `NotReady`, or `ChainError`."""
    result, dry_run = Result(), options.decisions.dry_run
    say("1. Keys")
    keys = _keys(registry, options, say)
    say(f"2. Events, up to the final block {keys.block.number} or later")
    say("3. Transactions of old keys")
    result.transactions = old_transactions_close(
        registry=registry, own=options.decisions.own, block=keys.block, say=say, dry_run=dry_run
    )
    say("4. Complaints")
    for complaint in _candidates(options.decisions):
        outcome = _complaint(complaint, registry, options.decisions)
        if outcome.changed or outcome.left:
            result.complaints.append(outcome)
            _outcome_say(outcome, say)
        if outcome.left:
            result.left.append(outcome)
    say("5. Filings that this database does not know")
    result.unknown = unknown_filings()
    for filing in result.unknown:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(filing.timestamp))
        say(f"  {filing.complaint_id} by {filing.actor}, {when}, {filing.links} links: restore it from its receipt")
    say("6. Relay")
    stopped = RelayLease.objects.exclude(stopped_reason="")
    for lease in stopped:
        say(f"  {lease.signer} may write again (it was stopped because: {lease.stopped_reason})")
    if not dry_run:
        stopped.update(stopped_reason="")
    logger.log(
        logging.INFO if dry_run else logging.WARNING,
        "dry run: nothing was changed" if dry_run else "recovered",
        extra={
            "signer": options.decisions.own,
            "complaints": len(result.complaints),
            "left": len(result.left),
            "unknown_filings": len(result.unknown),
            "transactions": result.transactions,
        },
    )
    return result


def _keys(registry: Registry, options: Options, say: Say) -> Keys:
    if reason := foreign_use(registry=registry, own=options.decisions.own):
        raise NotReady(
            f"{options.decisions.own} can't be used as the relay's key: {reason}. Configure a key that was never used "
            "(BLOCKCHAIN_PRIVATE_KEY, or where BLOCKCHAIN_SIGNER keeps it), and grant it the roles."
        )
    said = ""
    while True:
        block = final_block(registry)
        # What somebody has written tells whether they may go on.
        events_sync_up_to(block.number, registry=registry)
        keys = keys_read(registry=registry, own=options.decisions.own, block=block, old=options.old, kept=options.kept)
        if keys.settled:
            say(f"  {keys.own} has all roles; nobody else writes, as of block {keys.block.number}")
            for account in keys.idle:
                say(f"  {account} may write, as an officer who signs entries does: it has written nothing else so far")
            return keys
        waiting = "\n".join(f"  {line}" for line in _waits_for(keys))
        if waiting != said:
            said = waiting
            say(waiting)
        if options.decisions.dry_run:
            return keys
        if not options.wait:
            raise NotReady("the keys are not settled in a final block yet")
        time.sleep(WAIT)


def _waits_for(keys: Keys) -> Iterator[str]:
    if keys.lacking:
        names = ", ".join(role.value for role in keys.lacking)
        yield f"waiting until {keys.own}, the new key, has {names} in a final block: `ape run roles grant`"
    for account in keys.old_writing:
        yield f"waiting until {account}, an old key, has lost its roles in a final block: `ape run roles revoke`"
    for account in keys.unknown_writing:
        yield (
            f"waiting for {account}, an unknown account that may write: revoke its roles if it was the relay's key "
            "(--old-key), or keep it if it belongs to someone who signs entries (--keep)"
        )


def _candidates(decisions: Decisions) -> Iterator[Complaint]:
    """Complaints whose writes may not agree with the events read from the chain, in the order of their ids."""
    last = 0
    landed = Count("writes", filter=Q(writes__state=Write.State.CONFIRMED))
    imported = Count("writes", filter=Q(writes__imported=True))
    # Their blocks are gone.
    dropped = Count("writes", filter=Q(writes__imported=True, writes__state=Write.State.FAILED))
    while True:
        rows = list(
            Complaint.objects.filter(pk__gt=last)
            .order_by("pk")
            .annotate(landed=landed, imported=imported, dropped=dropped)[:COMPLAINTS_AT_ONCE]
        )
        if not rows:
            return
        last = rows[-1].pk
        states = ChainState.objects.filter(complaint_id__in=[row.complaint_id for row in rows])
        nonces = {
            str(complaint_id): count - escalations - objections
            for complaint_id, count, escalations, objections in states.values_list(
                "complaint_id", "event_count", "escalations", "objections"
            )
        }
        for row in rows:
            to_disown = decisions.stolen and row.imported
            if row.frozen_reason or to_disown or row.dropped or nonces.get(row.complaint_id, 0) > row.landed:
                yield row


def _complaint(complaint: Complaint, registry: Registry, decisions: Decisions) -> Outcome:
    for _ in range(TRIES):
        try:
            return complaint_recover(complaint=complaint, registry=registry, decisions=decisions)
        except CursorMoved:
            continue
        except LinksMissing as error:
            raise NotReady(str(error)) from None
    raise NotReady("another indexer keeps moving the cursor: run the command again")


def _outcome_say(outcome: Outcome, say: Say) -> None:
    say(f"  {outcome.complaint} ({outcome.complaint.complaint_id})")
    parts: Sequence[tuple[str, Sequence[object]]] = (
        ("imported from the chain", outcome.imported),
        ("given up, but landed nevertheless", outcome.restored),
        ("expired, but landed nevertheless", outcome.revived),
        ("reservations ended", outcome.expired),
        ("renumbered behind them", outcome.moved),
        ("disowned, sequence", outcome.disowned),
        ("undone by", outcome.undoing),
        ("to be signed again by the officer", outcome.unsigned),
        ("no longer lawful", outcome.unlawful),
    )
    if outcome.confirmed:
        say(f"    landed: {outcome.confirmed}")
    for what, named in parts:
        if named:
            say(f"    {what}: {', '.join(map(str, named))}")
    if outcome.refiled_as:
        say(f"    refiled as {outcome.refiled_as}; the complainant needs a new receipt")
    if outcome.left:
        say(f"    stays frozen: {outcome.left}")
