"""Does the report say what was committed to? Its fields against the payloads, folded in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blockchain.models import Write
from blockchain.protocol.kinds import WITH_PAYLOAD, is_entry
from blockchain.verification.event_facts import event_type_name
from blockchain.verification.records import Record, write_commitment


@dataclass(frozen=True, kw_only=True)
class Own:
    """What the source's own record says: each field by the name that payloads give it.

    `status_of_link`: the status that a link without a payload stands for, by the number of its kind.
    """

    fields: Mapping[str, Any]
    status_of_link: Mapping[int, str]


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
    # By field; by "" for a payload that is not known at all.
    doubts: dict[str, str]


def report_mismatches(*, own: Own, records: Sequence[Record], waiting: Sequence[Write]) -> list[Mismatch]:
    """Where the report differs from what landed (in order of sequence) and then from what waits (by nonce).

    Only payloads that match their commitments count. A write that was given up is a note, which changes no field.
    """
    fold = _Fold(own=own, values={}, doubts={})
    for record in records:
        name = f"{event_type_name(record.facts.event_type)} ({record.facts.sequence})"
        _add(fold, record.facts.event_type, record.facts.data, record.write, name)
    for write in waiting:
        # What waits for an officer's signature changes the report once it is signed.
        if write.state != Write.State.RESERVED:
            _add(fold, write.event_type, write.data, write, f"{event_type_name(write.event_type)} (waiting)")
    values, doubts = fold.values, fold.doubts
    mismatches = [
        Mismatch(field=field, report=said, recorded=values.get(field), reason=doubts.get(field, ""))
        for field, said in own.fields.items()
        if field not in values or values[field] != said or field in doubts
    ]
    if "" in doubts:
        mismatches.append(Mismatch(field="payload", report=None, recorded=None, reason=doubts[""]))
    return mismatches


def _add(fold: _Fold, event_type: int, data: str, write: Write | None, name: str) -> None:
    """Takes one link into account. A payload that does not hold casts doubt on the fields that it names."""
    if event_type in fold.own.status_of_link:
        fold.values["status"] = fold.own.status_of_link[event_type]
        fold.doubts.pop("status", None)
        return
    if event_type not in WITH_PAYLOAD or not is_entry(event_type):
        return
    payload = write.payload if write is not None and isinstance(write.payload, dict) else {}
    changes = payload.get("changes", {})
    holds = write is not None and write_commitment(write) == data
    if not holds or not isinstance(changes, dict):
        fold.doubts[""] = f"what {name} committed to is not known"
        changes = changes if isinstance(changes, dict) else {}
    for field, change in changes.items():
        if field not in fold.own.fields or not isinstance(change, list) or len(change) != 2:
            continue
        fold.values[field] = change[1]
        if holds:
            fold.doubts.pop(field, None)
        else:
            fold.doubts[field] = f"the payload of {name} does not match its commitment"
