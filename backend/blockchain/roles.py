"""Changes of the contract's roles: which ones the deployment announced, and which ones the operator acknowledged."""

import logging
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from blockchain.chain.artifact import Deployment
from blockchain.models import RoleAcknowledgement, RoleChange
from blockchain.models.bulk import rows_insert_new
from blockchain.protocol.roles import GRANTED, RoleEvent

logger = logging.getLogger("blockchain.roles")

FIELDS = (*RoleEvent._fields, "announced")


def roles_store(events: Sequence[RoleEvent], *, deployment: Deployment) -> None:
    """Stores events that are not stored yet, in the caller's transaction."""
    if not events:
        return
    rows_insert_new(RoleChange, FIELDS, [(*event, is_announced(event, deployment)) for event in events])
    for event in events:
        if not is_announced(event, deployment):
            logger.error("role changed", extra={"role_event": event.event, **_shown(event)})


def is_announced(event: RoleEvent, deployment: Deployment) -> bool:
    """Whether the deployment itself granted this role, as its artifact says."""
    return (
        event.event == GRANTED
        and event.block_number == deployment.block_number
        and (event.role, event.account) in deployment.granted
    )


def roles_changed(*, up_to_block: int | None = None, acknowledged: bool | None = None) -> QuerySet[Any]:
    """Changes that the deployment did not announce, in order, each with `acknowledged`; all, or some of them."""
    known = RoleAcknowledgement.objects.filter(tx_hash=OuterRef("tx_hash"))
    changes: QuerySet[Any] = RoleChange.objects.filter(announced=False).annotate(acknowledged=Exists(known))
    if acknowledged is not None:
        changes = changes.filter(acknowledged=acknowledged)
    return changes if up_to_block is None else changes.filter(block_number__lte=up_to_block)


def role_change_shown(change: Any) -> dict[str, Any]:
    """A change as audit trails show it."""
    return {
        "event": change.event,
        **_shown(change),
        "block_hash": change.block_hash,
        "acknowledged": change.acknowledged,
    }


def _shown(change: Any) -> dict[str, Any]:
    return {
        "role": change.role or None,
        "account": change.account or None,
        "sender": change.sender or None,
        "block_number": change.block_number,
        "tx_hash": change.tx_hash,
    }
