"""From pending writes to a batch that the contract takes: pack, simulate, set aside what it refuses, pack again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from blockchain.chain.contract import ComplaintState, Registry
from blockchain.chain.errors import ContractReverted
from blockchain.models import BlockchainTransaction
from blockchain.relay.backoff import backoff
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.lookout import writes_not_landed
from blockchain.relay.packing import Batch, Group, PackedWrite, batch_pack, group_pack
from blockchain.relay.simulation import Poisoned, gas_estimate, poisoned_find

logger = logging.getLogger("blockchain.relay")

State = BlockchainTransaction.State
# The contract refuses these now but may take them later: somebody was faster, or a breach came in between.
TRANSIENT_ERRORS = frozenset({"StaleSequence", "SLABreachUnrecorded"})
# The key lacks its role: no write is to blame.
ROLE_ERROR = "AccessControlUnauthorizedAccount"
# Rounds of setting refused writes aside before giving the rest up until the next run.
ROUNDS = 8


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A batch that passed simulation, with its gas estimate."""

    batch: Batch
    gas: int


class Preparation:
    """Prepares batches of one signer for the block to come."""

    def __init__(self, *, registry: Registry, sender: str, at: int, replacing: bool = False) -> None:
        """`at` is the time of the block to come, Unix seconds; `replacing`: the batch replaces one under way."""
        self.registry, self.sender, self.at, self.replacing = registry, sender, at, replacing
        # Complaints of which the contract said how many escalations come first.
        self.escalations: dict[str, int] = {}

    def batch_prepare(self, writes: Sequence[BlockchainTransaction]) -> Prepared | None:
        """A batch of `writes` that the contract takes, or None if it takes none of them now.

        Refused writes are set aside: failed if they can never land, else retried later. Raises `RelayBlocked`.
        """
        states = self.registry.complaints(sorted({write.report.complaint_id for write in writes}))
        left = _without_lagging(list(writes), states)
        left = writes_not_landed(registry=self.registry, writes=left, states=states)
        for _ in range(ROUNDS):
            batch = batch_pack(
                registry=self.registry, writes=left, states=states, at=self.at, escalations=self.escalations
            )
            if not batch.packed():
                return None
            try:
                gas = gas_estimate(
                    registry=self.registry,
                    sender=self.sender,
                    calls=batch.calls(self.registry),
                    replacing=self.replacing,
                )
            except ContractReverted as error:
                if error.name == ROLE_ERROR:
                    raise RelayBlocked(f"the relay's key lacks a role on the contract: {error}") from None
                left = self._set_aside(batch, left)
                continue
            if gas * settings.BLOCKCHAIN_GAS_MARGIN > settings.BLOCKCHAIN_GAS_LIMIT and len(batch.packed()) > 1:
                left = _half(batch)
                continue
            return Prepared(batch=batch, gas=gas)
        return None

    def _poisoned(self, groups: Sequence[Group]) -> list[Poisoned]:
        return poisoned_find(registry=self.registry, sender=self.sender, groups=groups, replacing=self.replacing)

    def _set_aside(self, batch: Batch, writes: list[BlockchainTransaction]) -> list[BlockchainTransaction]:
        """What is left of `writes` without those that the contract refuses now, and what comes after them."""
        dropped: set[int] = set()
        for found in self._poisoned(batch.groups):
            needed = self._escalations_needed(found)
            if needed is not None:
                self.escalations[found.group.complaint_id] = needed
                continue
            refused(write=found.packed.write, error=found.error)
            in_order = [packed.write.pk for packed in found.group.writes]
            dropped |= set(in_order[in_order.index(found.packed.write.pk) :])
        return [write for write in writes if write.pk not in dropped]

    def _escalations_needed(self, found: Poisoned) -> int | None:
        """How many escalations the complaint passes with, if the contract's answer says that it needs another number.

        The time of the block to come decides how many levels are missed, and only the node knows it.
        """
        if found.error.name != "StaleSequence" or found.packed is not found.group.writes[0]:
            return None
        group = found.group
        escalations = group.escalations + found.error.arguments["expected"] - found.error.arguments["given"]
        if not 0 <= escalations <= self.registry.deployment.max_escalation_level + 1:
            return None
        writes = [packed.write for packed in group.writes]
        again = group_pack(self.registry, group.complaint_id, group.state, writes, self.at, escalations=escalations)
        return None if self._poisoned([again]) else escalations


def _without_lagging(
    writes: list[BlockchainTransaction], states: dict[str, ComplaintState]
) -> list[BlockchainTransaction]:
    """Leaves out complaints of which the node has not seen yet what is mined already."""
    landed = BlockchainTransaction.objects.filter(
        state__in=(State.MINED, State.CONFIRMED),
        report_id__in={write.report_id for write in writes},
        sequence__isnull=False,
    )
    mined = landed.values_list("report__complaint_id").annotate(Max("sequence")).order_by()
    lagging = {complaint_id for complaint_id, sequence in mined if sequence > states[complaint_id].event_count}
    return [write for write in writes if write.report.complaint_id not in lagging]


def refused(*, write: BlockchainTransaction, error: ContractReverted) -> None:
    """Sets one write aside: for good if the contract will never take it, else until its next attempt."""
    attempts = write.attempts + 1
    permanent = error.name not in TRANSIENT_ERRORS
    changed = BlockchainTransaction.objects.filter(pk=write.pk, state=State.PENDING).update(
        state=State.FAILED if permanent else State.PENDING,
        attempts=attempts,
        next_attempt_at=None if permanent else timezone.now() + backoff(attempts),
        error_code=error.name,
        error_detail=str(error)[:500],
    )
    if changed:
        logger.log(
            logging.ERROR if permanent else logging.INFO,
            "write failed" if permanent else "write put off",
            extra={"write": write.pk, "report": write.report.tracking_id, "error": str(error)},
        )


def _half(batch: Batch) -> list[BlockchainTransaction]:
    packed: list[PackedWrite] = batch.packed()
    return [each.write for each in packed[: len(packed) // 2]]
