"""Brings the writes of one complaint in line with the links that the chain has of it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from blockchain import acceptance
from blockchain.chain.contract import Registry
from blockchain.indexer.cursor import cursor_get, cursor_held
from blockchain.landing import NOT_LANDED, entries_tell, links_apply
from blockchain.late_entries import Former, former_of
from blockchain.models import ChainEvent, Complaint, EndedEntry, ScanCursor, Transaction, Write
from blockchain.protocol import hashing, payloads
from blockchain.protocol.kinds import Data, EventType, is_entry, kind_of
from blockchain.recovery.outcome import Decisions, Outcome, outcome_of
from blockchain.recovery.plan import Ended, Entry, Plan, Row, plan_make
from blockchain.recovery.refiling import refile, signatures_void
from blockchain.repair import OFFICERS, UNTRIED, GivingUp, become_note, status_recompute

TAKEN = GivingUp(by="system", reason="reservation ended: a link on the chain took its nonce")
# Beyond any nonce of the contract: where rows stand while they change places.
ASIDE = 2**30


class LinksMissing(Exception):
    """The events read for a complaint have a gap."""


def complaint_recover(
    *, complaint: Complaint, registry: Registry, decisions: Decisions, cursor: ScanCursor | None = None
) -> Outcome:
    """Imports, numbers anew and thaws, in one transaction; based on what was read up to `cursor`, if it still stands
    there.

    Raises `CursorMoved` if an indexer was faster: then call it again; or `LinksMissing`.
    """
    cursor = cursor or cursor_get(registry)
    with cursor_held(cursor):
        acceptance.complaint_lock(complaint)
        links = _links(complaint, up_to_block=cursor.block_number)
        writes = list(Write.objects.select_for_update().filter(complaint=complaint).order_by("nonce"))
        plan = plan_make(
            entries=[Entry(link.event_type, link.data, link.actor) for link in links],
            rows=_rows(writes, own=decisions.own, up_to_block=cursor.block_number),
            stolen=decisions.stolen,
            disowned_before=_disowned_before(links, writes),
            ended=[
                Ended(each.pk, each.nonce, Former(each.event_type, each.data, each.actor))
                for each in complaint.ended_entries.all()
            ],
        )
        outcome = outcome_of(complaint, plan, writes, links, decisions)
        if decisions.known_only and (plan.imported or plan.contradicted or plan.travelling is not None):
            outcome.changed, outcome.left = False, complaint.frozen_reason
        elif not decisions.dry_run:
            _apply(complaint, plan, writes, links, outcome, decisions)
    return outcome


def _links(complaint: Complaint, *, up_to_block: int) -> list[ChainEvent]:
    """The recorders' links, each in the place of its nonce. Raises `LinksMissing` where that could not be told."""
    events = ChainEvent.objects.filter(complaint_id=complaint.complaint_id, block_number__lte=up_to_block)
    ordered = list(events.order_by("sequence"))
    if [event.sequence for event in ordered] != list(range(1, len(ordered) + 1)):
        raise LinksMissing(f"links of {complaint} are missing from the cache: run `reconcile` first")
    return [event for event in ordered if is_entry(event.event_type)]


def _rows(writes: Sequence[Write], *, own: str, up_to_block: int) -> list[Row]:
    sent = Transaction.objects.filter(pk__in=[write.transaction_id for write in writes if write.transaction_id])
    if own:
        sent = sent.filter(signer=own)
    sent_by_us = set(sent.order_by().values_list("pk", flat=True))
    return [_row(write, write.transaction_id in sent_by_us, up_to_block) for write in writes]


def _row(write: Write, sent_by_us: bool, up_to_block: int) -> Row:
    under_way = sent_by_us and write.state in (Write.State.SENT, Write.State.MINED)
    # Final, in a block that the indexer has not come to.
    beyond = write.state == Write.State.CONFIRMED and (write.block_number or 0) > up_to_block
    return Row(
        pk=write.pk,
        nonce=write.nonce,
        event_type=write.event_type,
        data=write.data,
        given_up=former_of(write),
        travels=under_way or beyond,
        signed=bool(write.entry_signature),
        reserved=write.state == Write.State.RESERVED,
        imported=write.imported,
    )


def _disowned_before(links: Sequence[ChainEvent], writes: Sequence[Write]) -> set[int]:
    """Nonces of links that a note of ours names already."""
    payloads_of_notes = [write.payload for write in writes if write.event_type == EventType.NOTED]
    named = {sequence for payload in payloads_of_notes if payload for sequence in payload.get("disowned", ())}
    return {nonce for nonce, link in enumerate(links) if link.sequence in named}


def _apply(
    complaint: Complaint,
    plan: Plan,
    writes: Sequence[Write],
    links: Sequence[ChainEvent],
    outcome: Outcome,
    decisions: Decisions,
) -> None:
    complaint.frozen_reason = outcome.left
    complaint.save(update_fields=["frozen_reason"])
    if not (plan.contradicted or plan.travelling is not None):
        waiting = [write.pk for write in writes if write.state == Write.State.RESERVED]
        _number(plan, writes)
        _import(complaint, plan, links)
        _revive(complaint, plan)
        _restore(plan, writes)
        # Every link has its write now: the one place that says what has landed says so.
        links_apply(list(zip(links, range(len(links)), strict=True)), final=True, tell=False)
        _disown(complaint, plan, len(links), outcome, decisions)
        _moved_change(complaint, plan)
        if plan.unlawful and decisions.give_up:
            why = GivingUp(
                by=decisions.by, reason="no longer lawful after links on the chain that this system did not record"
            )
            for write in Write.objects.filter(pk__in=plan.unlawful).order_by("nonce"):
                become_note(write, why, witnessed=complaint.witnessed)
        complaint.next_nonce = plan.next_nonce
        complaint.accepted_status = plan.status
        complaint.save(update_fields=["next_nonce", "accepted_status"])
        entries_tell([*waiting, *plan.restored, *plan.revived.values()])
        if not outcome.left:
            status_recompute(complaint, list(complaint.writes.order_by("nonce")))
    if plan.contradicted and not outcome.left:
        outcome.refiled_as = refile(complaint, by=decisions.by)


def _number(plan: Plan, writes: Sequence[Write]) -> None:
    """Gives rows their nonces. Two of them may change places, so they all step aside first."""
    Write.objects.filter(pk__in=[*plan.dropped, *plan.freed]).delete()
    changing = [write for write in writes if plan.nonces.get(write.pk, write.nonce) != write.nonce]
    Write.objects.filter(pk__in=[write.pk for write in changing]).update(nonce=F("nonce") + ASIDE)
    for write in changing:
        Write.objects.filter(pk=write.pk).update(nonce=plan.nonces[write.pk])


def _import(complaint: Complaint, plan: Plan, links: Sequence[ChainEvent]) -> None:
    for nonce in plan.imported:
        link = links[nonce]
        clock = kind_of(link.event_type).data is Data.CLOCK
        Write.objects.create(
            complaint=complaint,
            nonce=nonce,
            event_type=link.event_type,
            data=hashing.ZERO_WORD if clock else link.data,
            imported=True,
        )


def _revive(complaint: Complaint, plan: Plan) -> None:
    """What had ended and has landed all the same is what it was, under the same key."""
    for ended in EndedEntry.objects.filter(pk__in=plan.revived.values()):
        Write.objects.create(
            pk=ended.pk, complaint=complaint, **{field: getattr(ended, field) for field in EndedEntry.OF_ENTRY}
        )
        ended.delete()


def _restore(plan: Plan, writes: Sequence[Write]) -> None:
    """What was given up and has landed all the same is what it was."""
    for write in writes:
        if write.pk in plan.restored and isinstance(write.given_up, dict):
            was = write.given_up
            Write.objects.filter(pk=write.pk).update(
                event_type=EventType[was["event_type"]],
                data=was["data"],
                salt=was["salt"],
                payload=was["payload"],
                given_up=None,
                **{field: was[field] for field in OFFICERS if field in was},
            )


def _moved_change(complaint: Complaint, plan: Plan) -> None:
    """Rows with another nonce wait again; an officer's signature does not hold for it, and nobody waits for one."""
    for write in Write.objects.filter(pk__in=plan.expired).order_by("nonce"):
        become_note(write, TAKEN, witnessed=complaint.witnessed)
    Write.objects.filter(pk__in=plan.moved).update(**UNTRIED, **NOT_LANDED, transaction=None)
    signatures_void(plan.unsigned)


def _disown(complaint: Complaint, plan: Plan, nonce: int, outcome: Outcome, decisions: Decisions) -> None:
    """Records the note that names the links of a stolen key, and what undoes them."""
    if not plan.disowned:
        return
    reason = "written with a stolen key"
    values: list[tuple[EventType, dict[str, Any]]] = [
        (EventType.NOTED, {"reason": reason, "disowned": outcome.disowned}),
        *((event_type, {"reason": "undoes links that were written with a stolen key"}) for event_type in plan.undoing),
    ]
    for place, (event_type, more) in enumerate(values, start=nonce):
        committed: dict[str, Any] = {"data": hashing.ZERO_WORD}
        if kind_of(event_type).data is Data.PAYLOAD:
            payload = payloads.payload_new(
                event_type=event_type, by=decisions.by, witnessed=complaint.witnessed, **more
            )
            committed = acceptance.commitment_new(payload)
        Write.objects.create(complaint=complaint, nonce=place, event_type=event_type, **committed)
