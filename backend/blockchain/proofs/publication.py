"""Publishes proofs whose block is final, drops those whose block is gone, and deletes those that nobody needs."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver

from blockchain import receipt
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.chain.finality import final_call, final_number
from blockchain.models import ChainState, ProofBlock, ScanCursor, SlotProof
from blockchain.proofs.ask import NEWEST
from blockchain.signals import events_read

logger = logging.getLogger("blockchain.proofs")

# Looked at in one request; the oldest first.
CANDIDATES_AT_ONCE = 90
CANDIDATE, PUBLISHED = ProofBlock.State.CANDIDATE, ProofBlock.State.PUBLISHED


@receiver(events_read)
def candidates_look(*, registry: Registry, cursor: ScanCursor, **_: Any) -> None:
    """Publishes what has become final as soon as its links are read. No error of it stops the indexer."""
    if ProofBlock.objects.filter(state=CANDIDATE, number__lte=cursor.block_number).exists():
        try:
            candidates_settle(registry=registry)
        except ChainError as error:
            logger.warning("proofs not published", extra={"error": str(error)})


def candidates_settle(*, registry: Registry) -> int:
    """Publishes the candidates whose block is final and has been read, and drops those whose block is gone.

    Returns how many blocks were published. Raises `ChainUnavailable`.
    """
    candidates = list(ProofBlock.objects.filter(state=CANDIDATE).order_by("number")[:CANDIDATES_AT_ONCE])
    if not candidates:
        return 0
    calls = [("eth_getBlockByNumber", [hex(each.number), False]) for each in candidates]
    head, tagged, *headers = registry.node.batch_strict([NEWEST, final_call(), *calls])
    if head is None:
        raise ChainUnavailable("the node has no newest block")
    # Of later blocks, the links are not known yet that a receipt needs.
    final = min(final_number(head=head, tagged=tagged), _read_up_to(registry))
    pairs = list(zip(candidates, headers, strict=True))
    gone = [each.pk for each, header in pairs if header is not None and header["hash"] != each.hash]
    ready = [each for each, header in pairs if header is not None and header["hash"] == each.hash]
    ready = [each for each in ready if each.number <= final]
    if gone:
        logger.warning("proofs dropped by a reorg", extra={"blocks": len(gone)})
        proofs_drop(ProofBlock.objects.filter(pk__in=gone))
    for block in ready:
        _publish(block)
    return len(ready)


@transaction.atomic
def proofs_drop(blocks: QuerySet[ProofBlock]) -> None:
    """Drops the proofs in blocks that are gone; their complaints are proved again."""
    slots = SlotProof.objects.filter(block__in=list(blocks.values_list("pk", flat=True)), of=SlotProof.Of.COMPLAINT)
    complaint_ids = sorted(set(slots.values_list("complaint_id", flat=True)))
    blocks.delete()
    for start in range(0, len(complaint_ids), receipt.MAX_SLOTS):
        some = complaint_ids[start : start + receipt.MAX_SLOTS]
        ChainState.objects.filter(complaint_id__in=some).update(proved_at=None)


def _read_up_to(registry: Registry) -> int:
    cursor = ScanCursor.find(chain_id=registry.deployment.chain_id, address=registry.address)
    return -1 if cursor is None else cursor.block_number


@transaction.atomic
def _publish(block: ProofBlock) -> None:
    ProofBlock.objects.filter(pk=block.pk).update(state=PUBLISHED)
    slots = SlotProof.objects.filter(block=block, of=SlotProof.Of.COMPLAINT)
    _thin_out(slots.values_list("complaint_id", flat=True))


def _thin_out(complaint_ids: Iterable[str]) -> None:
    """Keeps of each complaint the first and the newest published proof, those that were handed out, and those that
    prove its files; of the latter two, as many as a receipt takes, the newest.
    """
    ids = sorted(complaint_ids)
    published = SlotProof.objects.filter(complaint_id__in=ids, block__state=PUBLISHED)
    with_files = set(published.filter(of=SlotProof.Of.EVIDENCE).values_list("complaint_id", "block_id"))
    of_complaint: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    proofs = published.filter(of=SlotProof.Of.COMPLAINT).order_by("block__number")
    for pk, complaint_id, block_id, handed_out in proofs.values_list("pk", "complaint_id", "block_id", "handed_out"):
        of_complaint[complaint_id].append((pk, handed_out or (complaint_id, block_id) in with_files))
    if outdated := [pk for own in of_complaint.values() for pk in _outdated(own)]:
        rows = SlotProof.objects.filter(pk__in=outdated)
        block_ids = set(rows.values_list("block_id", flat=True))
        rows.delete()
        used = SlotProof.objects.filter(block=OuterRef("pk"), of__in=(SlotProof.Of.COMPLAINT, SlotProof.Of.EVIDENCE))
        ProofBlock.objects.filter(~Exists(used), pk__in=block_ids).delete()


def _outdated(rows: Sequence[tuple[int, bool]]) -> list[int]:
    """Keys of the proofs of one complaint that may go; `rows` are in order, each with whether it should stay."""
    middle = rows[1:-1]
    kept = [pk for pk, stays in middle if stays][-(receipt.MAX_PROOFS - 2) :]
    return [pk for pk, _ in middle if pk not in kept]
