"""A round: takes proofs of the complaints that need one, and stores them as candidates."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from blockchain import receipt
from blockchain.chain.contract import Registry
from blockchain.chain.contract import registry as registry_configured
from blockchain.chain.errors import ChainError, ChainUnavailable, NodeError
from blockchain.jobs import PROOFS, job
from blockchain.models import ProofBlock, SlotProof
from blockchain.proofs.ask import Proved, proof_ask
from blockchain.proofs.due import complaints_due, proofs_renewed
from blockchain.proofs.publication import candidates_settle
from blockchain.proofs.slots import MOST_SLOTS, keys_of, slots_wanted
from blockchain.protocol.hashing import hex0x

logger = logging.getLogger("blockchain.proofs")

# Of some 3 kB each; old servers take statements of 1 MB.
ROWS_PER_STATEMENT = 100


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a round did. `is_last`: nothing more was due."""

    complaints: int = 0
    slots: int = 0
    is_last: bool = True


def proof_round(*, registry: Registry | None = None, complaint_ids: Sequence[str] = ()) -> Round:
    """Settles candidates, then proves up to 256 slots of complaints that need it, with one `eth_getProof`.

    With `complaint_ids`, the first of these complaints, whether they need it or not.
    If a node fails, the next one is asked. Raises `ChainError`, which is recorded with the job.
    """
    with job(PROOFS):
        best = (registry or registry_configured()).best()
        found: ChainError | None = None
        for on in (best, *best.others()):
            try:
                return _round(on, complaint_ids)
            except ChainError as error:
                found = found or error
        if isinstance(found, NodeError):
            raise ChainUnavailable(f"the node refuses to answer: {found.message}") from None
        raise found or ChainUnavailable("there is no node")


def _round(registry: Registry, complaint_ids: Sequence[str]) -> Round:
    candidates_settle(registry=registry)
    due = complaint_ids or complaints_due(MOST_SLOTS)
    if not due:
        return Round()
    slots = slots_wanted(due)
    try:
        proved = proof_ask(registry=registry, keys=keys_of(slots))
    finally:
        receipt.hashes_forget()
    block = _store(slots, proved)
    complaints = sum(slot.of == SlotProof.Of.COMPLAINT for slot in slots)
    logger.info("state proved", extra={"block": block.number, "complaints": complaints, "slots": len(slots)})
    is_last = complaints == len(due) < MOST_SLOTS
    return Round(complaints=complaints, slots=len(slots), is_last=is_last)


@transaction.atomic
def _store(slots: list[SlotProof], proved: Proved) -> ProofBlock:
    block, _ = ProofBlock.objects.get_or_create(
        hash=hex0x(proved.header.hash),
        defaults={
            "number": proved.header.number,
            "time": proved.header.time,
            "header": proved.raw,
            "account": receipt.rlp(proved.account_nodes),
        },
    )
    for slot, nodes, value in zip(slots, proved.nodes, proved.values, strict=True):
        slot.block, slot.nodes = block, receipt.rlp(nodes)
        if slot.of == SlotProof.Of.COMPLAINT:
            slot.event_count = receipt.word_read(value).event_count
    SlotProof.objects.bulk_create(slots, batch_size=ROWS_PER_STATEMENT, ignore_conflicts=True)
    proofs_renewed([slot.complaint_id for slot in slots if slot.of == SlotProof.Of.COMPLAINT])
    return block
