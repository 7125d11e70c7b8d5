"""Restores a filing that the database has lost from the receipt that its complainant kept. The id proves it."""

from typing import Any

from django.db import transaction
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import to_checksum_address

from blockchain.chain.contract import Registry
from blockchain.models import Complaint, Write
from blockchain.protocol import hashing, typed_data
from blockchain.protocol.kinds import EventType, Status
from blockchain.recovery.complaints import complaint_recover
from blockchain.recovery.outcome import Decisions, Outcome
from blockchain.signals import filing_restored
from blockchain.verification.identity import complaint_id_holds
from blockchain.verification.records import commitment


class ReceiptRefused(Exception):
    """The receipt does not prove a filing, or this database has another one. The message says why."""


def filing_restore(
    *,
    receipt: dict[str, Any],
    source: str,
    registry: Registry,
    decisions: Decisions,
    owner: str | None = None,
) -> Outcome:
    """Restores the filing, and imports its links from the chain. Idempotent.

    `receipt` is the API's response to the filing; `owner` is the new owner, if not the person in the payload. Raises
    `ReceiptRefused`, the errors of receivers of `filing_restored`, or `CursorMoved`: then call it again.
    """
    complaint, write = _read(receipt, source)
    _promise_take(write, receipt.get("promise"), complaint, registry)
    with transaction.atomic():
        known = Complaint.objects.filter(complaint_id=complaint.complaint_id).first()
        if known is not None:
            return complaint_recover(complaint=known, registry=registry, decisions=decisions)
        if Complaint.objects.filter(source=source, external_id=complaint.external_id).exists():
            raise ReceiptRefused(f"{complaint} already exists here, under another id")
        complaint.save(force_insert=True)
        write.complaint = complaint
        write.save(force_insert=True)
        outcome = complaint_recover(complaint=complaint, registry=registry, decisions=decisions)
        filing_restored.send(sender=Complaint, complaint=complaint, receipt=receipt, owner=owner)
        if decisions.dry_run:
            transaction.set_rollback(True)
    outcome.changed = True
    return outcome


def _read(receipt: dict[str, Any], source: str) -> tuple[Complaint, Write]:
    """The rows that the receipt tells of, unsaved. Raises `ReceiptRefused` if they don't belong together."""
    try:
        created = receipt["created"]
        payload, salt, data = created["payload"], created["salt"], created["data"]
        address = receipt["complainant_address"]
        complaint = Complaint(
            complaint_id=receipt["complaint_id"],
            source=source,
            external_id=receipt["tracking_id"],
            salt=receipt["complaint_salt"],
            complainant=to_checksum_address(address) if address else "",
            witnessed=payload["witnessed"],
            next_nonce=1,
            accepted_status=Status.OPEN,
        )
        write = Write(nonce=0, event_type=EventType.CREATED, data=data, salt=salt, payload=payload)
        holds = complaint_id_holds(complaint=complaint, created_data=data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReceiptRefused(f"this is not the receipt of a filing ({type(error).__name__})") from None
    if commitment(salt=salt, payload=payload) != data:
        raise ReceiptRefused("the payload and its salt do not match the commitment")
    if payload.get("type") != EventType.CREATED.name:
        raise ReceiptRefused("the payload is not that of a filing")
    if not holds:
        raise ReceiptRefused("the complaint's id is not that of this filing")
    return complaint, write


def _promise_take(write: Write, promise: Any, complaint: Complaint, registry: Registry) -> None:
    """Keeps the operator's promise, if the receipt has one that holds; the filing is proved without it."""
    if not isinstance(promise, dict):
        return
    try:
        typed = typed_data.entry_typed_data(
            registry.deployment.domain,
            complaint_id=complaint.complaint_id,
            data=write.data,
            event_type=EventType.CREATED,
            nonce=0,
            actor=promise["actor"],
            valid_until=promise["valid_until"],
            head=promise["head"],
        )
        signature = hashing.unhex(promise["signature"])
        signer = Account.recover_message(encode_typed_data(full_message=typed), signature=signature)
    except Exception:  # whatever is no signature of this entry
        return
    if signer == promise["actor"] and promise["valid_until"] == typed_data.FOREVER:
        write.promise_signer, write.promise_signature = signer, promise["signature"]
