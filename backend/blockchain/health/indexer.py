"""Checks whether the cache is complete and agrees with the chain."""

from blockchain.chain.artifact import deployment
from blockchain.chain.contract import Registry
from blockchain.chain.finality import final_block_number
from blockchain.chain.nodes import node_urls
from blockchain.conf import settings
from blockchain.health.component import Component, Problem, component
from blockchain.health.jobs import job_problems, rebuild_problems
from blockchain.indexer.opinion import NODES_DIFFER
from blockchain.indexer.reconcile import NOT_READ
from blockchain.jobs import EVENT_SYNC, RECONCILE
from blockchain.models import Alarm, ScanCursor
from blockchain.recovery.filings import lost_filings_count

DIFFER_REMEDY = (
    "Compare both with a third node or a block explorer, and remove the wrong one from BLOCKCHAIN_NODE_URLS. Nothing "
    "of these blocks is stored until the nodes agree."
)


def indexer_health(registry: Registry | None, *, head: int | None) -> Component:
    """Up while final blocks are being read, and every complaint was compared with the contract and agrees."""
    wanted = deployment()
    cursor = ScanCursor.find(chain_id=wanted.chain_id, address=wanted.address)
    if cursor is None:
        start = "Start `manage.py run_relay`, or Celery with its beat."
        return component([Problem("nothing has been read yet", start)])
    problems = [*rebuild_problems(), *job_problems(EVENT_SYNC, RECONCILE)]
    lag, lost = None, lost_filings_count()
    if registry is None or head is None:
        problems.append(Problem("the lag is unknown: the node does not answer", "Check the node."))
    else:
        lag = max(0, final_block_number(registry.node, head_number=head) - cursor.block_number)
        if lag > settings.HEALTH_MAX_INDEXER_LAG:
            problems.append(
                Problem(
                    f"{lag} final blocks have not been read yet",
                    "If the indexer was off for long, wait. Otherwise check its log, and set BLOCKCHAIN_SCAN_RANGE to "
                    "what the node accepts.",
                )
            )
    if cursor.differing:
        problems.append(
            Problem(
                f"{cursor.differing} complaints differ from the contract and could not be repaired",
                "Run `manage.py reconcile`; if that does not help, `manage.py rebuild_cache`.",
            )
        )
    notes = _lost(lost)
    if len(node_urls()) > 1:
        problems += [Problem(each.problem, DIFFER_REMEDY) for each in Alarm.objects.filter(name=NODES_DIFFER)]
        if cursor.unconfirmed_from is not None:
            alone = cursor.block_number - cursor.unconfirmed_from + 1
            kind = problems if alone > settings.HEALTH_MAX_INDEXER_LAG else notes
            kind.append(
                Problem(
                    f"{alone} blocks were read from one node, and no other one could be asked about them",
                    "Check the other nodes in BLOCKCHAIN_NODE_URLS; the blocks are compared once one answers.",
                )
            )
    for unread in Alarm.objects.filter(name=NOT_READ):
        problems.append(Problem(unread.problem, "Run `manage.py rebuild_cache`, then `manage.py reconcile`."))
    uncompared = max(cursor.uncompared, cursor.reconcile_uncompared)
    if uncompared:
        problems.append(
            Problem(
                f"{uncompared} complaints could not be compared with the contract",
                "Use a node that answers eth_call for the state of the last final block, then run `manage.py "
                "reconcile`.",
            )
        )
    return component(
        problems,
        notes=notes,
        block=cursor.block_number,
        unconfirmed_from=cursor.unconfirmed_from,
        lag_blocks=lag,
        reconciled_at=cursor.reconciled_at.isoformat() if cursor.reconciled_at else None,
        reconciled=cursor.reconciled,
        differing=cursor.differing,
        uncompared=uncompared,
        lost_filings=lost,
    )


def _lost(number: int) -> list[Problem]:
    """About filings by our keys that this database does not know. A note, not an alarm: a thief can make many."""
    if not number:
        return []
    return [
        Problem(
            f"{number} filings by this system's keys are on the chain but not in this database",
            "`manage.py reconcile` lists them. After restoring a backup, ask the complainants for their receipts and "
            "run `manage.py recover --receipt FILE`. If no filing was lost, someone else used the key: rotate it.",
        )
    ]
