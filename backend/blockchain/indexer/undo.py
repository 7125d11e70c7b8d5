"""Undoes data from blocks that are no longer on the chain; the relay then checks its transactions again.

Starting again is always safe: a transaction that is still on the chain has a receipt, and a write that is still there
has its nonce there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from blockchain.chain.artifact import Deployment
from blockchain.chain.contract import Registry
from blockchain.indexer.states import chunks
from blockchain.indexer.store import complaints_fold
from blockchain.landing import landing_undo, transactions_reopen
from blockchain.models import Attempt, ChainEvent, ProofBlock, RoleChange, Transaction, Write
from blockchain.proofs.publication import proofs_drop
from blockchain.protocol.links import Link, links_of_logs

MINED = (Transaction.State.MINED, Transaction.State.CONFIRMED)


class Claim(NamedTuple):
    """A receipt that the relay keeps."""

    transaction_id: int
    tx_hash: str
    block_number: int | None
    block_hash: str
    succeeded: bool | None


def blocks_undo(*, after_block: int, deployment: Deployment) -> int:
    """Undoes all data from blocks after `after_block`. Returns the number of writes that start again.

    In the caller's transaction.
    """
    gone = ChainEvent.objects.filter(block_number__gt=after_block)
    touched = set(gone.values_list("complaint_id", flat=True))
    gone.delete()
    RoleChange.objects.filter(block_number__gt=after_block).delete()
    attempts = Attempt.objects.filter(block_number__gt=after_block)
    undone = transactions_reopen(set(attempts.values_list("transaction_id", flat=True)))
    # Also those that landed in a transaction of somebody else's.
    undone += landing_undo(Write.objects.filter(block_number__gt=after_block))
    complaints_fold(touched, deployment=deployment)
    proofs_drop(ProofBlock.objects.filter(number__gt=after_block))
    return undone


def claims_without_links(*, after_block: int, up_to_block: int, links: Sequence[Link] = ()) -> list[Claim]:
    """Receipts of these blocks that no link bears out: of their transactions, none is among `links`."""
    borne_out = {(link.tx_hash, link.block_hash) for link in links}
    attempts = Attempt.objects.filter(
        block_number__gt=after_block, block_number__lte=up_to_block, transaction__state__in=MINED
    )
    claims = map(Claim._make, attempts.order_by("pk").values_list(*Claim._fields))
    return [claim for claim in claims if (claim.tx_hash, claim.block_hash) not in borne_out]


def claims_unlinked(*, up_to_block: int) -> list[Claim]:
    """Receipts up to this block of transactions from which no link was read: reverted, skipped, cancelled or lost."""
    links = ChainEvent.objects.filter(
        block_number=OuterRef("block_number"), block_hash=OuterRef("block_hash"), tx_hash=OuterRef("tx_hash")
    )
    attempts = Attempt.objects.filter(~Exists(links), block_number__lte=up_to_block, transaction__state__in=MINED)
    return list(map(Claim._make, attempts.order_by("pk").values_list(*Claim._fields)))


def claims_refuted(claims: Sequence[Claim], *, registry: Registry) -> tuple[set[int], list[Link]]:
    """Asks the node. Returns the transactions whose receipt is another one now, and links in receipts that hold.

    The latter should have been read: where the claims are of `claims_without_links`, logs were withheld.
    """
    refuted, links = set(), []
    for claim, receipt in zip(claims, registry.node.receipts([claim.tx_hash for claim in claims]), strict=True):
        if (
            receipt is None
            or receipt["blockHash"] != claim.block_hash
            or (int(receipt["status"], 16) == 1) != claim.succeeded
        ):
            refuted.add(claim.transaction_id)
        else:
            links += links_of_logs(receipt["logs"], address=registry.address)
    return refuted, links


def writes_without_link(complaint_ids: Sequence[str], *, up_to_block: int) -> list[int]:
    """Primary keys of writes that are said to be final, and of which no link was read up to `up_to_block`.

    Runs over all writes of the complaints: for `reconcile` and `rebuild_cache`.
    """
    found = []
    for some in chunks(complaint_ids):
        linked = set(
            ChainEvent.objects.filter(complaint_id__in=some).values_list("complaint_id", "sequence", "tx_hash")
        )
        writes = Write.objects.filter(complaint__complaint_id__in=some, state=Write.State.CONFIRMED)
        rows = writes.values_list("pk", "block_number", "complaint__complaint_id", "sequence", "tx_hash")
        found += [
            pk
            for pk, block_number, *link in rows
            if (block_number is None or block_number <= up_to_block) and tuple(link) not in linked
        ]
    return found
