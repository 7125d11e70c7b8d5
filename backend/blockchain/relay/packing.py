"""Packs pending writes into the calls of one transaction, each with the sequence that it will have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.conf import settings

from blockchain.chain.contract import ComplaintState, Registry
from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction
from blockchain.sla.selectors import missed_levels

# A promised deadline that passed before it could be written becomes the block's time plus this. Seconds. Spec 5.2.
LATE_DEADLINE_SECONDS = 60


@dataclass(kw_only=True)
class PackedWrite:
    """One write as a call of the contract."""

    write: BlockchainTransaction
    calldata: bytes
    sequence: int | None


@dataclass(kw_only=True)
class Group:
    """All packed writes of one complaint, in order."""

    complaint_id: str
    state: ComplaintState
    writes: list[PackedWrite]
    # How often the complaint is escalated in front of its writes.
    escalations: int = 0
    # Due or nearly so: a stranger's escalation could make it fail, so it travels alone.
    alone: bool = False

    @property
    def first_id(self) -> int:
        return min(packed.write.pk for packed in self.writes)


@dataclass(kw_only=True)
class Batch:
    """What one transaction carries."""

    groups: list[Group]
    # Breaches to be recorded on complaints without other writes: one complaint id for each.
    escalated: list[str] = field(default_factory=list)
    escalation_writes: list[BlockchainTransaction] = field(default_factory=list)

    def calls(self, registry: Registry) -> list[bytes]:
        """The calldata of each call, in order."""
        calls = []
        if self.escalated:
            calls.append(registry.encode("batchCheckAndEscalate", [_id(each) for each in self.escalated]))
        for group in self.groups:
            calls += group_calls(registry, group)
        return calls

    def packed(self) -> list[PackedWrite]:
        """Every write that travels, with its sequence."""
        escalations = [PackedWrite(write=write, calldata=b"", sequence=None) for write in self.escalation_writes]
        return escalations + [packed for group in self.groups for packed in group.writes]


def batch_pack(
    *,
    registry: Registry,
    writes: Sequence[BlockchainTransaction],
    states: dict[str, ComplaintState],
    at: int,
    escalations: dict[str, int],
) -> Batch:
    """The batch that the oldest of `writes` belongs to.

    `at` is the time of the block to come, Unix seconds; `escalations` says for some complaints how often they are to be
    escalated first, where that is known better than from `at`.
    """
    groups: list[Group] = []
    breaches = Batch(groups=[])
    for complaint_id, members in groupby(writes, key=lambda write: write.report.complaint_id):
        group_writes = list(members)
        others = [write for write in group_writes if write.event_type != EventType.ESCALATED]
        state, first = states[complaint_id], escalations.get(complaint_id)
        if others:
            groups.append(group_pack(registry, complaint_id, state, others, at, escalations=first))
        elif state.is_due(at):
            breaches.escalated += [complaint_id] * len(group_writes)
            breaches.escalation_writes += group_writes
    groups.sort(key=lambda group: group.first_id)
    together = Batch(
        groups=[group for group in groups if not group.alone],
        escalated=breaches.escalated,
        escalation_writes=breaches.escalation_writes,
    )
    alone = [group for group in groups if group.alone]
    oldest_together = min((packed.write.pk for packed in together.packed()), default=None)
    if alone and (oldest_together is None or alone[0].first_id < oldest_together):
        return Batch(groups=alone[:1])
    return together


def group_pack(
    registry: Registry,
    complaint_id: str,
    state: ComplaintState,
    writes: Iterable[BlockchainTransaction],
    at: int,
    escalations: int | None = None,
) -> Group:
    """Gives the writes of one complaint their sequences, after the escalations that come first."""
    soon = at + settings.BLOCKCHAIN_DUE_MARGIN
    alone = state.is_due(soon) or escalations is not None
    if escalations is None:
        due = state.is_due(at)
        escalations = missed_levels(deadline=state.sla_deadline, at=at, level=state.escalation_level) if due else 0
    group = Group(complaint_id=complaint_id, state=state, writes=[], escalations=escalations, alone=alone)
    sequence = state.event_count + escalations
    for write in writes:
        sequence += 1
        deadline = None
        if write.event_type == EventType.SLA_DEADLINE_SET:
            deadline = max(write.requested_deadline or 0, at + LATE_DEADLINE_SECONDS)
            group.alone = group.alone or deadline < soon
        calldata = write_encode(registry, write, sequence, deadline)
        group.writes.append(PackedWrite(write=write, calldata=calldata, sequence=sequence))
    return group


def group_calls(registry: Registry, group: Group) -> list[bytes]:
    """The calls of one complaint: what is missed first, then its writes."""
    calls = [packed.calldata for packed in group.writes]
    if not group.alone:
        return calls
    # Also when nothing is due yet: by the time that it is mined, it may be.
    ids = [_id(group.complaint_id)] * max(1, group.escalations)
    return [registry.encode("batchCheckAndEscalate", ids), *calls]


def write_encode(registry: Registry, write: BlockchainTransaction, sequence: int, deadline: int | None) -> bytes:
    """The call that records one write."""
    complaint_id, event_type = _id(write.report.complaint_id), write.event_type
    if event_type in LOGGED_EVENT_TYPES:
        return registry.encode("logComplaintEvent", complaint_id, event_type, _id(write.data_hash), sequence)
    if event_type == EventType.EVIDENCE_ANCHORED:
        return registry.encode("anchorEvidence", complaint_id, _id(write.data_hash), sequence)
    if event_type == EventType.SLA_DEADLINE_SET:
        return registry.encode("setSLADeadline", complaint_id, deadline, sequence)
    if event_type == EventType.SLA_PAUSED:
        return registry.encode("pauseSLA", complaint_id, sequence)
    if event_type == EventType.SLA_RESUMED:
        return registry.encode("resumeSLA", complaint_id, sequence)
    raise ValueError(f"{EventType(event_type).name} is not a write with a sequence")


def transaction_data(registry: Registry, calls: Sequence[bytes]) -> bytes:
    """One call as it is, several as a multicall."""
    return calls[0] if len(calls) == 1 else registry.encode("multicall", list(calls))


def _id(value: str) -> bytes:
    return bytes.fromhex(value[2:])
