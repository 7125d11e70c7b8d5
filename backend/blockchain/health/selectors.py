"""Is everything up? Each component answers for itself, so that one fault does not hide another."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min
from django.utils import timezone

from blockchain.chain.artifact import ArtifactError, deployment
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.chain.finality import final_block_number
from blockchain.chain.guard import chain_check
from blockchain.chain.node import node_new
from blockchain.evidence.errors import EvidenceError
from blockchain.evidence.store import evidence_store
from blockchain.models import BlockchainTransaction, RelayLease, ScanCursor

Component = dict[str, Any]
State = BlockchainTransaction.State
WEI_PER_ETHER = 10**18


def health_report() -> dict[str, Component]:
    """Components with `up` and details. Details are for staff; none is a secret or personal.

    The node is asked once whether it answers, for `HEALTH_RPC_TIMEOUT` seconds at most; if it does not, nothing else is
    asked of it.
    """
    chain = _guarded(_chain)
    on = _registry() if "head" in chain else None
    return {
        "chain": chain,
        "contract": _guarded(lambda: _contract(on)),
        "relay": _guarded(lambda: _relay(on)),
        "indexer": _guarded(lambda: _indexer(on, chain.get("head"))),
        "storage": _guarded(_storage),
    }


def _guarded(component: Callable[[], Component]) -> Component:
    try:
        return component()
    except DatabaseError:
        # Its text may have the query in it.
        return {"up": False, "error": "the database does not answer"}
    except (ChainError, ArtifactError, EvidenceError, OSError) as error:
        return {"up": False, "error": str(error)}


def _registry() -> Registry:
    return Registry(deployed=deployment(), on=node_new(timeout=settings.HEALTH_RPC_TIMEOUT))


def _chain() -> Component:
    on = _registry()
    head = on.node.block("latest")
    chain_id = on.node.chain_id()
    if head is None:
        raise ChainUnavailable("the node has no latest block")
    return {"up": chain_id == on.deployment.chain_id, "chain_id": chain_id, "head": int(head["number"], 16)}


def _contract(on: Registry | None) -> Component:
    if on is None:
        raise ChainUnavailable("not asked: the node does not answer")
    chain_check(on)
    return {"up": True, "address": on.address}


def _relay(on: Registry | None) -> Component:
    """Up while some relay holds the key, nothing keeps it from writing, and no write failed or waits for too long."""
    now = timezone.now()
    writes = BlockchainTransaction.objects
    counts = dict(writes.values_list("state").annotate(number=Count("pk")).order_by())
    unmined = (State.PENDING, State.SIGNED, State.SENT)
    oldest = writes.filter(state__in=unmined).aggregate(oldest=Min("created_at"))["oldest"]
    waiting = (now - oldest).total_seconds() if oldest else 0.0
    failed = counts.get(State.FAILED, 0)
    outbox = {
        "pending": sum(counts.get(state, 0) for state in unmined),
        "oldest_pending_seconds": round(waiting),
        "failed": failed,
    }
    # The key that wrote last; this process need not have it.
    lease = RelayLease.objects.order_by("-last_run_at").first()
    if lease is None:
        return {"up": False, "error": "no relay has run yet", **outbox}
    running = (now - lease.last_run_at).total_seconds() <= settings.BLOCKCHAIN_LEASE_SECONDS
    balance = on.node.balance(lease.signer) / WEI_PER_ETHER if on else None
    balance_low = balance is not None and balance < settings.HEALTH_MIN_BALANCE_ETHER
    drained = not failed and waiting <= settings.HEALTH_MAX_PENDING_SECONDS
    return {
        "up": running and drained and not lease.blocked_reason and not balance_low,
        "signer": lease.signer,
        "running": running,
        "blocked": lease.blocked_reason,
        **outbox,
        "balance_ether": balance,
        "balance_low": balance_low,
    }


def _indexer(on: Registry | None, head: int | None) -> Component:
    wanted = deployment()
    cursor = ScanCursor.objects.filter(chain_id=wanted.chain_id, address=wanted.address).first()
    if cursor is None:
        return {"up": False, "error": "nothing was read yet"}
    lag = None
    if on is not None and head is not None:
        lag = max(0, final_block_number(on.node, head_number=head) - cursor.block_number)
    return {
        "up": lag is not None and lag <= settings.HEALTH_MAX_INDEXER_LAG and not cursor.differing,
        "block": cursor.block_number,
        "lag_blocks": lag,
        "reconciled_at": cursor.reconciled_at.isoformat() if cursor.reconciled_at else None,
        "reconciled": cursor.reconciled,
        "differing": cursor.differing,
    }


def _storage() -> Component:
    evidence_store().check()
    return {"up": True, "kind": type(evidence_store()).__name__}
