"""Compares the report with the commitments: its fields against the payloads, folded in their order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blockchain.models import Write
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType, Status, is_entry
from blockchain.protocol.lifecycle import transition
from blockchain.verification.event_facts import event_type_name
from blockchain.verification.records import Known, Record

# They say something of other links, and change nothing.
UNCHANGING = (EventType.NOTED, EventType.ERASED)


@dataclass(frozen=True, kw_only=True)
class Own:
    """What the source's own record says: each field by the name that payloads give it.

    By the number of a kind of link: `status_of_link` is the status that it stands for, whatever else it says;
    `fields_of_link` are the fields that it may change.
    """

    fields: Mapping[str, Any]
    status_of_link: Mapping[int, str]
    fields_of_link: Mapping[int, Collection[str]]


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One field that is not as recorded; with `reason` where there is more to say."""

    field: str
    report: Any
    recorded: Any
    reason: str = ""


@dataclass(kw_only=True)
class _Fold:
    own: Own
    values: dict[str, Any]
    # By field, until a later link sets it; by "" for a payload of ours that is lost or altered.
    doubts: dict[str, str] = field(default_factory=dict)
    # Sequences that notes of ours disown: their links change nothing, and what undoes them neither.
    disowned: frozenset[int] = frozenset()
    # The contract's, of the links that count.
    status: Status = Status.NONE


def report_mismatches(*, own: Own, records: Sequence[Record], waiting: Sequence[Known]) -> list[Mismatch]:
    """Where the report differs from what landed (in order of sequence) and then from what waits (by nonce).

    Only payloads that match their commitments count. A write that was given up is a note, which changes no field. A
    link whose payload is not known here, since another system wrote it, leaves those fields in doubt that its kind may
    change: each until a later link sets it.
    """
    known = [*(record.known for record in records if record.known is not None), *waiting]
    fold = _Fold(own=own, values={}, disowned=_disowned(known))
    for record in records:
        name = f"{event_type_name(record.facts.event_type)} ({record.facts.sequence})"
        if record.facts.sequence not in fold.disowned:
            _add(fold, record.facts.event_type, record.facts.data, record.known, name)
    for each in waiting:
        write = each.write
        # What waits for an officer's signature changes the report once it is signed.
        if write.state != Write.State.RESERVED:
            _add(fold, write.event_type, write.data, each, f"{event_type_name(write.event_type)} (waiting)")
    values, doubts = fold.values, fold.doubts
    mismatches = [
        Mismatch(field=name, report=said, recorded=values.get(name), reason=doubts.get(name, ""))
        for name, said in own.fields.items()
        if name not in values or values[name] != said or name in doubts
    ]
    if "" in doubts:
        mismatches.append(Mismatch(field="payload", report=None, recorded=None, reason=doubts[""]))
    return mismatches


def _add(fold: _Fold, event_type: int, data: str, known: Known | None, name: str) -> None:
    """Takes one link into account. A payload that does not hold casts doubt on the fields that it names."""
    if not is_entry(event_type) or event_type in UNCHANGING or not _counts(fold, event_type):
        return
    if event_type not in WITH_PAYLOAD:
        _status_of_kind(fold, event_type)
        return
    write = None if known is None else known.write
    payload = write.payload if write is not None and isinstance(write.payload, dict) else {}
    changes = payload.get("changes", {})
    holds = known is not None and known.commitment == data and isinstance(changes, dict)
    if not holds and write is not None and write.imported and write.payload is None:
        for field_ in fold.own.fields_of_link.get(event_type, ()):
            fold.doubts[field_] = f"the payload of {name} is not known here; a later change of {field_} settles this"
        _status_of_kind(fold, event_type)
        return
    if not holds:
        fold.doubts[""] = f"the payload of {name} is not known"
    for field_, change in changes.items() if isinstance(changes, dict) else ():
        if field_ not in fold.own.fields or not isinstance(change, list) or len(change) != 2:
            continue
        fold.values[field_] = change[1]
        if holds:
            fold.doubts.pop(field_, None)
        else:
            fold.doubts[field_] = f"the payload of {name} does not match its commitment"


def _counts(fold: _Fold, event_type: int) -> bool:
    """Whether the link says anything of the report: what undoes disowned links was not lawful without them."""
    following = transition(fold.status, event_type)
    if following is None:
        return not fold.disowned
    fold.status = following
    return True


def _status_of_kind(fold: _Fold, event_type: int) -> None:
    if event_type in fold.own.status_of_link:
        fold.values["status"] = fold.own.status_of_link[event_type]
        fold.doubts.pop("status", None)


def _disowned(known: Iterable[Known]) -> frozenset[int]:
    """The sequences that notes name, of payloads that match their commitments."""
    named: set[int] = set()
    for each in known:
        write = each.write
        if write.event_type == EventType.NOTED and each.commitment == write.data:
            payload = write.payload or {}
            named |= set(payload.get("disowned", ()))
    return frozenset(named)
