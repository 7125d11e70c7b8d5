"""Signs attempts and stores them, together with the writes of a new transaction, before anyone can send them."""

import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.chain.signers import Signer
from blockchain.models import Attempt, Objection, Transaction, Write
from blockchain.models.bulk import queryset_of
from blockchain.relay.errors import Overtaken
from blockchain.relay.fees import Fees
from blockchain.relay.pack import Batch

logger = logging.getLogger("blockchain.relay")


def transaction_sign(
    *, signer: Signer, registry: Registry, nonce: int, batch: Batch, gas: int, fees: Fees, margin: float
) -> Attempt:
    """Signs a batch at the account nonce `nonce`. Raises `Overtaken` if the nonce or its content is taken."""
    of = Transaction(
        signer=signer.address,
        nonce=nonce,
        kind=batch.kind,
        data=batch.data,
        entries=len(batch.writes),
        gas_margin=margin,
    )
    return _store(_sign(of, signer, registry, gas, fees), [row.pk for row in batch.writes], batch.objection)


def attempt_sign(
    *, signer: Signer, registry: Registry, previous: Attempt, gas: int, fees: Fees, cancels: bool
) -> Attempt:
    """Signs the next attempt at a nonce, with the same calldata, or with none if it `cancels`. Raises `Overtaken`."""
    attempt = _sign(previous.transaction, signer, registry, gas, fees, cancels=cancels)
    attempt.attempt_number = previous.attempt_number + 1
    return _store(attempt, [])


def _sign(
    of: Transaction, signer: Signer, registry: Registry, gas: int, fees: Fees, *, cancels: bool = False
) -> Attempt:
    fields: dict[str, Any] = {
        "chainId": registry.deployment.chain_id,
        "nonce": of.nonce,
        "to": signer.address if cancels else registry.address,
        "value": 0,
        "data": "0x" if cancels else of.data,
        "gas": gas,
        **fees.fields(),
    }
    raw, tx_hash = signer.sign(fields)
    return Attempt(
        transaction=of,
        tx_hash=tx_hash,
        raw="0x" + raw.hex(),
        cancels=cancels,
        gas_limit=gas,
        max_fee_per_gas=fees.max_fee,
        max_priority_fee_per_gas=fees.priority_fee,
    )


def _store(attempt: Attempt, write_ids: list[int], objection_id: int | None = None) -> Attempt:
    of = attempt.transaction
    try:
        with transaction.atomic():
            if of.pk is None:
                of.save(force_insert=True)
                attempt.transaction = of
            attempt.save(force_insert=True)
            taken = {"state": Write.State.SENT, "transaction": of, "attempts": F("attempts") + 1}
            cleared = {"error_code": "", "error_detail": "", "updated_at": timezone.now()}
            pending = queryset_of(Write, write_ids).filter(state=Write.State.PENDING)
            if write_ids and pending.update(**taken, **cleared) != len(write_ids):
                raise Overtaken("some of the writes are no longer pending")
            if objection_id is not None:
                waiting = Objection.objects.filter(pk=objection_id, transaction=None, standing=True)
                if not waiting.update(transaction=of, **cleared):
                    raise Overtaken("the objection no longer waits")
    except IntegrityError:
        raise Overtaken(f"attempt {attempt.attempt_number} at nonce {of.nonce} is taken") from None
    kind, entries = "cancel" if attempt.cancels else of.kind, 0 if attempt.cancels else of.entries
    described = {"tx_hash": attempt.tx_hash, "nonce": of.nonce, "attempt": attempt.attempt_number}
    logger.info("transaction signed", extra={**described, "kind": kind, "entries": entries, "gas": attempt.gas_limit})
    return attempt
