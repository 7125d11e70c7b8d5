"""Is what the chain says known here, and known rightly?"""

from django.db.models import Exists, OuterRef

from blockchain.chain.artifact import deployment
from blockchain.chain.contract import Registry
from blockchain.chain.finality import final_block_number
from blockchain.chain.signers import SignerError, intake_signer
from blockchain.conf import settings
from blockchain.health.component import Component, Problem, component
from blockchain.models import ChainEvent, ChainState, Complaint, RelayLease, ScanCursor
from blockchain.protocol.kinds import EventType
from blockchain.recovery.filings import former_ids

# Unknown complaints that are looked at: more are as alarming.
UNKNOWN_AT_MOST = 100


def indexer_health(registry: Registry | None, *, head: int | None) -> Component:
    """Up while final blocks are read, and every complaint was compared with the contract and agrees."""
    wanted = deployment()
    cursor = ScanCursor.objects.filter(chain_id=wanted.chain_id, address=wanted.address).first()
    if cursor is None:
        return component([Problem("nothing was read yet", "Start `manage.py run_relay`, or Celery with its beat.")])
    problems = []
    lag = None
    if registry is None or head is None:
        problems.append(Problem("how far it lags is not known: the node does not answer", "Check the node."))
    else:
        lag = max(0, final_block_number(registry.node, head_number=head) - cursor.block_number)
        if lag > settings.HEALTH_MAX_INDEXER_LAG:
            problems.append(
                Problem(
                    f"{lag} final blocks are not read yet",
                    "Wait if it was off for long; else see its log. Set BLOCKCHAIN_SCAN_RANGE to what the node takes.",
                )
            )
    if cursor.differing:
        problems.append(
            Problem(
                f"{cursor.differing} complaints differ from the contract and could not be repaired",
                "Run `manage.py reconcile`; if that does not help, `manage.py rebuild_cache`.",
            )
        )
    if cursor.uncompared:
        problems.append(
            Problem(
                f"{cursor.uncompared} complaints could not be compared with the contract",
                "Use a node that answers eth_call by block hash (EIP-1898), with the state of the last final block.",
            )
        )
    return component(
        problems,
        notes=_restorable(),
        block=cursor.block_number,
        lag_blocks=lag,
        reconciled_at=cursor.reconciled_at.isoformat() if cursor.reconciled_at else None,
        reconciled=cursor.reconciled,
        differing=cursor.differing,
        uncompared=cursor.uncompared,
    )


def _restorable() -> list[Problem]:
    """Filings by keys of ours that this database does not know. A thief could make as many: they take nothing down."""
    ours = set(RelayLease.objects.values_list("signer", flat=True))
    try:
        intake = intake_signer()
    except SignerError:
        intake = None
    if intake is not None:
        ours.add(intake.address)
    known = Complaint.objects.filter(complaint_id=OuterRef("complaint_id"))
    unknown = ChainState.objects.filter(~Exists(known)).values_list("complaint_id", flat=True)[:UNKNOWN_AT_MOST]
    filings = ChainEvent.objects.filter(complaint_id__in=list(unknown), event_type=EventType.CREATED, actor__in=ours)
    ids = set(filings.values_list("complaint_id", flat=True))
    number = len(ids - former_ids()) if ids else 0
    if not number:
        return []
    return [
        Problem(
            f"{number} filings by keys of ours are on the chain and not in this database",
            "After a restored backup: ask the complainants for their receipts, and `manage.py recover --receipt FILE`. "
            "If none was lost, the key was used by somebody else: rotate it.",
        )
    ]
