"""Signed transactions: made, stored before they are sent, sent, sent again."""

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from blockchain.chain.errors import NodeError
from blockchain.chain.node import Node
from blockchain.chain.signers import Signer
from blockchain.models import BlockchainTransaction, SignedTransaction
from blockchain.models.bulk import rows_update
from blockchain.relay.fees import Fees
from blockchain.relay.packing import PackedWrite

logger = logging.getLogger("blockchain.relay")

State = SignedTransaction.State
WriteState = BlockchainTransaction.State


class WriteTaken(Exception):
    """Another relay took one of the writes in the meantime; nothing was stored."""


def attempt_sign(
    *,
    signer: Signer,
    chain_id: int,
    nonce: int,
    to: str,
    data: bytes,
    gas: int,
    fees: Fees,
    packed: Sequence[PackedWrite],
) -> SignedTransaction:
    """Signs a transaction at `nonce` and stores it with its writes, before anybody can send it.

    Raises `WriteTaken` if a write is not pending any more (nor part of an earlier attempt at this nonce), and
    `django.db.IntegrityError` if another relay signed the same attempt.
    """
    fields: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "to": to,
        "value": 0,
        "data": "0x" + data.hex(),
        "gas": gas,
        **fees.fields(),
    }
    raw, tx_hash = signer.sign(fields)
    with transaction.atomic():
        earlier = SignedTransaction.objects.filter(signer=signer.address, nonce=nonce)
        attempt = SignedTransaction.objects.create(
            signer=signer.address,
            nonce=nonce,
            attempt=(earlier.aggregate(last=Max("attempt"))["last"] or 0) + 1,
            tx_hash=tx_hash,
            raw="0x" + raw.hex(),
            gas_limit=gas,
            max_fee_per_gas=fees.max_fee,
            max_priority_fee_per_gas=fees.priority_fee,
        )
        _take(attempt, packed)
    logger.info(
        "transaction signed",
        extra={"tx_hash": tx_hash, "nonce": nonce, "attempt": attempt.attempt, "writes": len(packed), "gas": gas},
    )
    return attempt


def attempt_send(*, node: Node, attempt: SignedTransaction) -> bool:
    """Hands the stored bytes to the node; the same bytes however often. True if the node has them now."""
    try:
        node.request("eth_sendRawTransaction", attempt.raw)
    except NodeError as error:
        # "already known", "nonce too low", "underpriced", ...: what counts is whether the node knows the transaction.
        if node.request("eth_getTransactionByHash", attempt.tx_hash) is None:
            logger.warning("transaction refused", extra={"tx_hash": attempt.tx_hash, "error": str(error)})
            return False
    with transaction.atomic():
        sent = SignedTransaction.objects.filter(pk=attempt.pk, state=State.SIGNED)
        if sent.update(state=State.SENT, sent_at=timezone.now()):
            BlockchainTransaction.objects.filter(signed_transaction=attempt, state=WriteState.SIGNED).update(
                state=WriteState.SENT
            )
    return True


def _take(attempt: SignedTransaction, packed: Sequence[PackedWrite]) -> None:
    writes = [each.write for each in packed]
    free = BlockchainTransaction.objects.select_for_update().filter(pk__in=[write.pk for write in writes])
    current = {write.pk: write for write in free.select_related("signed_transaction")}
    for each in packed:
        write = current[each.write.pk]
        same_nonce = write.signed_transaction is not None and (
            write.signed_transaction.signer == attempt.signer and write.signed_transaction.nonce == attempt.nonce
        )
        under_way = write.state in (WriteState.SIGNED, WriteState.SENT)
        if write.state != WriteState.PENDING and not (under_way and same_nonce):
            raise WriteTaken(f"write {write.pk} is {write.state}")
        write.state = WriteState.SIGNED
        write.sequence = each.sequence
        write.signed_transaction = attempt
        write.attempts += 1
        write.error_code = write.error_detail = ""
    rows_update(
        list(current.values()),
        ["state", "sequence", "signed_transaction", "attempts", "error_code", "error_detail"],
    )
