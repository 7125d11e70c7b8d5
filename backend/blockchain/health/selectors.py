"""Is everything up? Each component answers for itself, so that one fault does not hide another."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from blockchain.chain.artifact import ArtifactError
from blockchain.chain.contract import registry
from blockchain.chain.errors import ChainError
from blockchain.chain.guard import chain_check
from blockchain.chain.signers import SignerError, signer
from blockchain.evidence.errors import EvidenceError
from blockchain.evidence.store import evidence_store
from blockchain.models import BlockchainTransaction, RelayLease, ScanCursor

Component = dict[str, Any]
State = BlockchainTransaction.State
WEI_PER_ETHER = 10**18


def health_report() -> dict[str, Component]:
    """Components with `up` and details. Details are for staff; none is a secret or personal."""
    return {
        "chain": _guarded(_chain),
        "contract": _guarded(_contract),
        "relay": _guarded(_relay),
        "indexer": _guarded(_indexer),
        "storage": _guarded(_storage),
    }


def _guarded(component: Callable[[], Component]) -> Component:
    try:
        return component()
    except (ChainError, ArtifactError, SignerError, EvidenceError, OSError) as error:
        return {"up": False, "error": str(error)}


def _chain() -> Component:
    on = registry()
    head = on.node.block("latest")
    chain_id = on.node.chain_id()
    up = head is not None and chain_id == on.deployment.chain_id
    return {"up": up, "chain_id": chain_id, "head": int(head["number"], 16) if head else None}


def _contract() -> Component:
    on = registry()
    chain_check(on)
    return {"up": True, "address": on.address}


def _relay() -> Component:
    """Up while some relay holds the key, nothing keeps it from writing, and no write failed or waits for too long."""
    now = timezone.now()
    writes = BlockchainTransaction.objects
    counts = dict(writes.values_list("state").annotate(number=Count("pk")).order_by())
    unmined = (State.PENDING, State.SIGNED, State.SENT)
    oldest = writes.filter(state__in=unmined).aggregate(oldest=Min("created_at"))["oldest"]
    waiting = (now - oldest).total_seconds() if oldest else 0.0
    address = signer().address
    lease = RelayLease.objects.filter(signer=address).first()
    silent = (now - lease.last_run_at).total_seconds() if lease else None
    running = silent is not None and silent <= settings.BLOCKCHAIN_LEASE_SECONDS
    blocked = lease.blocked_reason if lease else ""
    failed = counts.get(State.FAILED, 0)
    component: Component = {
        "signer": address,
        "running": running,
        "blocked": blocked,
        "pending": sum(counts.get(state, 0) for state in unmined),
        "oldest_pending_seconds": round(waiting),
        "failed": failed,
    }
    balance = registry().node.balance(address) / WEI_PER_ETHER
    component["balance_ether"] = balance
    component["balance_low"] = balance < settings.HEALTH_MIN_BALANCE_ETHER
    up = running and not blocked and not failed and waiting <= settings.HEALTH_MAX_PENDING_SECONDS
    return {"up": up and not component["balance_low"], **component}


def _indexer() -> Component:
    on = registry()
    cursor = ScanCursor.objects.filter(chain_id=on.deployment.chain_id, address=on.address).first()
    if cursor is None:
        return {"up": False, "error": "nothing was read yet"}
    head = on.node.block("latest")
    confirmed = (int(head["number"], 16) if head else 0) - settings.BLOCKCHAIN_CONFIRMATIONS
    lag = max(0, confirmed - cursor.block_number)
    return {
        "up": lag <= settings.HEALTH_MAX_INDEXER_LAG and not cursor.differing,
        "block": cursor.block_number,
        "lag_blocks": lag,
        "reconciled_at": cursor.reconciled_at.isoformat() if cursor.reconciled_at else None,
        "reconciled": cursor.reconciled,
        "differing": cursor.differing,
    }


def _storage() -> Component:
    evidence_store().check()
    return {"up": True, "kind": type(evidence_store()).__name__}
