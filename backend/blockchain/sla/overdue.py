"""Finds complaints with a missed deadline that is not on record yet: first in the cache, then by the contract."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, ContractReverted, NodeError
from blockchain.models import ChainState
from blockchain.protocol.clock import NEVER
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import Status

logger = logging.getLogger("blockchain.sla")

# The most complaints in one call of the view, and in one check.
IDS_PER_CALL = 100
IDS_PER_CHECK = 5_000


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A complaint of ours whose deadline has passed. `deadline` in Unix seconds."""

    complaint_id: str
    external_id: str
    deadline: int


def sla_check(*, registry: Registry) -> list[Overdue]:
    """The complaints with a breach to record, oldest first: found in the cache, confirmed by the contract.

    Raises `ChainUnavailable`.
    """
    latest = registry.node.block("latest")
    if latest is None:
        raise ChainUnavailable("the node has no latest block")
    running = ChainState.objects.filter(
        status=Status.OPEN, sla_deadline__gt=0, sla_deadline__lt=min(int(latest["timestamp"], 16), NEVER)
    )
    # Complaints that this system did not file are left to others.
    ours = running.filter(complaint__external_id__isnull=False).order_by("sla_deadline")
    rows = ours.values_list("complaint_id", "complaint__external_id", "sla_deadline")[:IDS_PER_CHECK]
    overdue = [Overdue(complaint_id=str(each), external_id=name, deadline=deadline) for each, name, deadline in rows]
    due: set[str] = set()
    for start in range(0, len(overdue), IDS_PER_CALL):
        ids = [each.complaint_id for each in overdue[start : start + IDS_PER_CALL]]
        due.update(escalatable(registry=registry, complaint_ids=ids, block="latest"))
    found = [each for each in overdue if each.complaint_id in due]
    if found:
        logger.info("SLA check", extra={"due": len(found)})
    return found


def escalatable(*, registry: Registry, complaint_ids: Sequence[str], block: str | dict[str, str]) -> list[str]:
    """The complaints that are due according to the contract in `block`. Raises `ChainUnavailable`."""
    try:
        (due,) = registry.call("escalatable", [unhex(each) for each in complaint_ids], block=block)
    except (ContractReverted, NodeError) as error:
        raise ChainUnavailable(f"the node does not report what is due: {error}") from None
    if len(due) != len(complaint_ids):
        raise ChainUnavailable(f"the node tells of {len(due)} complaints what is due, not of {len(complaint_ids)}")
    return [each for each, is_due in zip(complaint_ids, due, strict=True) if is_due]
