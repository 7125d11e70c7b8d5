"""Packs writes into the calldata of one transaction. Pure: the same writes give the same batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from blockchain.models import Objection, Transaction
from blockchain.protocol import calldata
from blockchain.protocol.clock import ClockRules, breaches
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.typed_data import ANY_HEAD
from blockchain.relay.select import Ready

Kind = Transaction.Kind

# Pools refuse transactions above 128 KiB, all fields included.
MAX_CALLDATA_BYTES: Final = 120_000
MAX_ENTRIES: Final = (MAX_CALLDATA_BYTES - calldata.BATCH_HEAD_BYTES) // calldata.ENTRY_BYTES

# The gas of an entry in a batch; less if the batch already contains the complaint.
ENTRY_GAS: Final = {EventType.CREATED: 29_600, EventType.EVIDENCE_ANCHORED: 33_800}
OTHER_ENTRY_GAS: Final = 11_600
AGAIN_GAS: Final = 4_300
BASE_GAS: Final = 30_000
# A skipped entry costs about half. An estimate below this part of the full gas means that the node skips entries.
FLOOR: Final = 0.85
# The gas of a breach that is recorded before a write; and how far ahead deadlines are considered, in seconds.
BREACH_GAS: Final = 4_500
BREACH_HORIZON: Final = 24 * 3600
# An objection needs 41,100 gas, and 3,900 for each breach that is recorded before it. The rest is for the code of an
# account that checks its signature itself.
MAX_OBJECTION_GAS: Final = 400_000


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The content of one transaction. Its calldata (`0x` hex) never changes afterwards."""

    kind: str
    data: str
    writes: tuple[Ready, ...] = ()
    # Primary key of the objection that it records.
    objection: int | None = None
    # The gas if every entry is recorded and nothing is due; and the deadlines that may be missed within the horizon.
    gas: int = 0
    breaches_to_come: int = 0

    def gas_limit(self, *, estimate: int, margin: float) -> int:
        """The gas limit: the estimate with its margin, and gas for deadlines that may be missed until it is mined.

        At least the gas of the entries, since the node that estimated may lag behind.
        """
        return int(max(estimate, self.gas) * margin) + BREACH_GAS * self.breaches_to_come


def batch_pack(rows: Sequence[Ready], *, max_gas: int, at: int, rules: ClockRules) -> Batch | None:
    """A batch of the first `rows`, as many as `max_gas` covers at the time `at` (Unix seconds).

    It has at least one row; None without rows. An officer's entry gets a batch of its own.
    """
    if not rows:
        return None
    if (oldest := min(rows)).actor:
        head, until = oldest.head or ANY_HEAD, oldest.valid_until or 0
        signed = calldata.record_signed(
            oldest, head=head, actor=oldest.actor, valid_until=until, signature=oldest.signature
        )
        return Batch(kind=Kind.SIGNED, data=signed, writes=(oldest,))
    chosen: list[Ready] = []
    gas, breach_gas, to_come = BASE_GAS, 0, 0
    for row in rows:
        if row.actor:
            continue
        again = bool(chosen) and chosen[-1].complaint_id == row.complaint_id
        cost = ENTRY_GAS.get(EventType(row.event_type), OTHER_ENTRY_GAS) - AGAIN_GAS * again
        clock = _clock(row, at, rules)
        due = _missed(clock, at, rules)
        breach_gas += 0 if again else BREACH_GAS * due
        if chosen and (gas + cost + breach_gas > max_gas or len(chosen) == MAX_ENTRIES):
            break
        chosen.append(row)
        gas += cost
        if not again or row.event_type == EventType.SLA_DEADLINE_SET:
            to_come += _missed(clock, at + BREACH_HORIZON, rules) - due
    data = calldata.record_batch(chosen)
    return Batch(kind=Kind.RECORD, data=data, writes=tuple(chosen), gas=gas, breaches_to_come=to_come)


def escalation_pack(complaint_ids: Sequence[str]) -> Batch:
    """The batch that records the breaches of these complaints, including those until it is mined."""
    data = calldata.batch_check_and_escalate(complaint_ids)
    return Batch(kind=Kind.ESCALATE, data=data, breaches_to_come=len(complaint_ids))


def objection_pack(objection: Objection, *, subject: str, clock: tuple[int, int], at: int, rules: ClockRules) -> Batch:
    """The batch that records an objection at the time `at` (Unix seconds).

    `clock`: deadline and recorded misses of its complaint, if the clock runs.
    """
    data = calldata.log_objection(
        subject=subject,
        complainant=objection.complaint.complainant,
        data=objection.data,
        number=objection.number,
        signature=objection.signature,
    )
    to_come = _missed(clock, at + BREACH_HORIZON, rules) - _missed(clock, at, rules)
    return Batch(kind=Kind.OBJECT, data=data, objection=objection.pk, breaches_to_come=to_come)


def _clock(row: Ready, at: int, rules: ClockRules) -> tuple[int, int]:
    """Deadline and recorded misses of a complaint whose clock runs; (0, 0) for any other complaint."""
    if row.event_type == EventType.SLA_DEADLINE_SET:
        return int(row.data, 16), row.escalations or 0
    if row.status is None and rules.default_sla:
        # Not indexed yet: about to be filed, or just filed.
        return at + rules.default_sla, 0
    return (row.sla_deadline or 0, row.escalations or 0) if row.status == Status.OPEN else (0, 0)


def _missed(clock: tuple[int, int], at: int, rules: ClockRules) -> int:
    return len(breaches(deadline=clock[0], escalations=clock[1], at=at, rules=rules))
