"""What became of signed transactions: mined, confirmed, fallen out by a reorg, or their nonce used by another."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.errors import NodeError
from blockchain.chain.finality import final_block_number
from blockchain.chain.logs import links_of_logs
from blockchain.models import BlockchainTransaction, SignedTransaction
from blockchain.relay.backoff import backoff
from blockchain.relay.landing import gas_share, landing_apply, landing_undo

logger = logging.getLogger("blockchain.relay")

State = SignedTransaction.State
WriteState = BlockchainTransaction.State
Receipt = dict[str, Any]


def attempts_settle(*, registry: Registry, signer: str) -> list[SignedTransaction]:
    """Settles every unconfirmed attempt of `signer` by its receipt. Returns the open ones, lowest nonce first.

    Open is an attempt whose nonce has no mined transaction; there is more than one only after a fee bump or a reorg.
    """
    unconfirmed = list(
        SignedTransaction.objects.filter(signer=signer, state__in=(State.SIGNED, State.SENT, State.MINED))
    )
    if not unconfirmed:
        return []
    head = registry.node.block("latest")
    final = final_block_number(registry.node, head_number=int(head["number"], 16) if head else 0)
    receipts = registry.node.receipts([attempt.tx_hash for attempt in unconfirmed])
    for attempt, receipt in zip(unconfirmed, receipts, strict=True):
        if receipt is not None:
            _mined(registry, attempt, receipt)
        elif attempt.state == State.MINED and _block_is_gone(registry, attempt):
            _fallen_out(attempt)

    by_nonce: dict[int, list[SignedTransaction]] = defaultdict(list)
    for attempt in unconfirmed:
        by_nonce[attempt.nonce].append(attempt)
    still_open: list[SignedTransaction] = []
    for nonce in sorted(by_nonce):
        mined = [attempt for attempt in by_nonce[nonce] if attempt.state == State.MINED]
        if not mined:
            still_open += by_nonce[nonce]
        elif is_final(registry, mined[0], final):
            _confirmed(mined[0], by_nonce[nonce])
    return _without_foreign(registry, signer, still_open, final)


def is_final(registry: Registry, attempt: SignedTransaction, final: int) -> bool:
    """Whether the attempt's block is at most the `final` one, and still the one at its height."""
    if attempt.block_number is None or attempt.block_number > final:
        return False
    header = registry.node.block(attempt.block_number)
    return header is not None and header["hash"] == attempt.block_hash


def _block_is_gone(registry: Registry, attempt: SignedTransaction) -> bool:
    """Whether another block stands at the height of the attempt's. A node that has none there merely lags."""
    header = registry.node.block(attempt.block_number or 0)
    return header is not None and header["hash"] != attempt.block_hash


def writes_release(*, attempts: Sequence[SignedTransaction]) -> int:
    """Sends writes that did not land back to the start. Only for nonces that are finally used by something else.

    They keep the sequence that they were packed with: should they have landed after all, it tells their links.
    """
    writes = BlockchainTransaction.objects.filter(
        signed_transaction__in=attempts,
        state__in=(WriteState.SIGNED, WriteState.SENT),
    )
    return writes.update(state=WriteState.PENDING, signed_transaction=None, next_attempt_at=None)


@transaction.atomic
def _mined(registry: Registry, attempt: SignedTransaction, receipt: Receipt) -> None:
    """Stores the receipt, and marks the writes whose links are in it."""
    if attempt.state == State.MINED and attempt.block_hash == receipt["blockHash"]:
        return
    attempt.state = State.MINED
    attempt.receipt_apply(receipt)
    attempt.save()
    landed = landing_apply(links=links_of_logs(receipt["logs"], address=registry.address), final=False)
    gas_share(attempt=attempt)
    logger.log(
        logging.INFO if attempt.succeeded else logging.WARNING,
        "transaction mined" if attempt.succeeded else "transaction reverted",
        extra={
            "tx_hash": attempt.tx_hash,
            "block": attempt.block_number,
            "landed": landed,
            "gas_used": attempt.gas_used,
        },
    )


@transaction.atomic
def _fallen_out(attempt: SignedTransaction) -> None:
    """A reorg took the attempt's block: the same bytes are sent again."""
    logger.warning("transaction fell out by a reorg", extra={"tx_hash": attempt.tx_hash, "block": attempt.block_number})
    landing_undo(writes=BlockchainTransaction.objects.filter(tx_hash=attempt.tx_hash), state=WriteState.SENT)
    attempt.state = State.SIGNED
    attempt.receipt_apply(None)
    attempt.save()


def _put_off(write_ids: Sequence[int]) -> None:
    """Lets writes wait that reverted again, though simulation passed: each time costs gas, so each time longer."""
    for write in BlockchainTransaction.objects.filter(pk__in=write_ids, state=WriteState.PENDING, attempts__gt=1):
        write.next_attempt_at = timezone.now() + backoff(write.attempts - 1)
        write.save(update_fields=["next_attempt_at", "updated_at"])


@transaction.atomic
def _confirmed(mined: SignedTransaction, attempts: Sequence[SignedTransaction]) -> None:
    """The nonce is finally used: what landed is confirmed, what did not starts again."""
    carried = BlockchainTransaction.objects.filter(signed_transaction__in=attempts)
    reverted = [] if mined.succeeded else list(carried.values_list("pk", flat=True))
    mined.state = State.CONFIRMED
    mined.save(update_fields=["state"])
    others = [attempt.pk for attempt in attempts if attempt.pk != mined.pk]
    SignedTransaction.objects.filter(pk__in=others).update(state=State.REPLACED)
    BlockchainTransaction.objects.filter(tx_hash=mined.tx_hash, state=WriteState.MINED).update(
        state=WriteState.CONFIRMED
    )
    released = writes_release(attempts=attempts)
    if released:
        logger.warning("writes start again", extra={"tx_hash": mined.tx_hash, "writes": released})
        _put_off(reverted)


def _without_foreign(
    registry: Registry, signer: str, attempts: list[SignedTransaction], final: int
) -> list[SignedTransaction]:
    """Gives up attempts whose nonce somebody else with the same key has used, as soon as that is final."""
    if not attempts:
        return []
    final_block = hex(max(0, final))
    # In one request, so that one node answers it all; count and receipts of two nodes don't fit together.
    count, block, *receipts = registry.node.batch(
        [
            ("eth_getTransactionCount", [signer, final_block]),
            ("eth_getBlockByNumber", [final_block, False]),
            *(("eth_getTransactionReceipt", [attempt.tx_hash]) for attempt in attempts),
        ]
    )
    if block is None or any(isinstance(answer, NodeError) for answer in (count, block, *receipts)):
        # It has not seen that block yet.
        return attempts
    # A node may have a block before it finds the receipts of its transactions.
    landed = {
        attempt.nonce
        for attempt, receipt in zip(attempts, receipts, strict=True)
        if receipt is not None or attempt.tx_hash in block["transactions"]
    }
    foreign = [attempt for attempt in attempts if attempt.nonce < int(count, 16) and attempt.nonce not in landed]
    if foreign:
        with transaction.atomic():
            SignedTransaction.objects.filter(pk__in=[attempt.pk for attempt in foreign]).update(state=State.REPLACED)
            released = writes_release(attempts=foreign)
        nonces = sorted({attempt.nonce for attempt in foreign})
        logger.error("nonce used by somebody else with this key", extra={"nonces": nonces, "writes": released})
    gone = {attempt.pk for attempt in foreign}
    return [attempt for attempt in attempts if attempt.pk not in gone]
