"""The operator's signed statements: promises for filings, and acknowledgements for everything else.

A promise is the signed CREATED entry itself: its holder can put the filing on the chain even against the operator's
will. An acknowledgement confirms that a comment or a file was accepted, and when. It has no nonce, so it can neither
double nor displace anything. Both are signed after the request was accepted, so nothing is lost while the signer is
down. `docs/specification.md` 5.2.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from blockchain.chain.artifact import ArtifactError, Deployment, deployment
from blockchain.chain.signers import Signer, SignerError, intake_signer
from blockchain.models import Write
from blockchain.protocol import typed_data
from blockchain.protocol.kinds import EventType

logger = logging.getLogger(__name__)

NO_KEY = "This server has no intake key, so it signs no promises."
SIGNER_DOWN = "The signer is currently unavailable. Repeat this request later."
NO_DEPLOYMENT = "This server does not know its contract yet. Repeat this request later."
IMPORTED = "Another system recorded this."


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The request that was accepted with a write, even if it was given up since. `data` and `salt` are `0x` hex."""

    event_type: EventType
    data: str
    salt: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A promise or an acknowledgement in the API's form, or the reason why there is none."""

    body: dict[str, Any] | None
    reason: str | None = None


def accepted_of(write: Write) -> Accepted:
    """The request that the write records, even if it was given up and is now a note."""
    was = write.given_up
    if was is None:
        return Accepted(
            event_type=EventType(write.event_type), data=write.data, salt=write.salt, payload=write.payload or {}
        )
    return Accepted(
        event_type=EventType[was["event_type"]], data=was["data"], salt=was["salt"], payload=was["payload"] or {}
    )


def statement_of(write: Write) -> Statement:
    """The statement about one write; see `statements_of`."""
    return statements_of([write])[write.pk]


def statements_of(writes: Iterable[Write]) -> Mapping[int, Statement]:
    """The statement about each write, by its primary key.

    Signs, and stores the signature, if none is stored or the intake key has changed; after the signer's first failure,
    it does not try again. Call it outside of the transaction that accepts the writes. Does not raise signer errors.
    """
    try:
        deployed = deployment()
    except ArtifactError as error:
        logger.warning("statement not signed", extra={"error": str(error)})
        return {write.pk: Statement(body=None, reason=NO_DEPLOYMENT) for write in writes}
    signer, reason = _signer()
    statements = {}
    for write in writes:
        if write.imported:
            statements[write.pk] = Statement(body=None, reason=IMPORTED)
            continue
        if signer is not None and write.promise_signer != signer.address:
            try:
                _sign(write, deployed=deployed, signer=signer)
            except SignerError as error:
                logger.warning("statement not signed", extra={"error": str(error)})
                signer, reason = None, SIGNER_DOWN
        body = _body(write, deployed=deployed, signer=write.promise_signer) if write.promise_signature else None
        statements[write.pk] = Statement(body=body, reason=None if body else reason)
    return statements


def _signer() -> tuple[Signer | None, str]:
    try:
        signer = intake_signer()
    except SignerError as error:
        logger.warning("statement not signed", extra={"error": str(error)})
        return None, SIGNER_DOWN
    return signer, NO_KEY if signer is None else SIGNER_DOWN


def _sign(write: Write, *, deployed: Deployment, signer: Signer) -> None:
    signature = signer.sign_typed_data(_typed_data(write, deployed=deployed, signer=signer.address))
    write.promise_signer, write.promise_signature = signer.address, signature
    Write.objects.filter(pk=write.pk).update(promise_signer=signer.address, promise_signature=signature)


def _typed_data(write: Write, *, deployed: Deployment, signer: str) -> dict[str, Any]:
    accepted = accepted_of(write)
    if accepted.event_type is EventType.CREATED:
        return typed_data.entry_typed_data(
            deployed.domain,
            complaint_id=write.complaint.complaint_id,
            data=accepted.data,
            event_type=accepted.event_type,
            nonce=write.nonce,
            actor=signer,
            valid_until=typed_data.FOREVER,
        )
    return typed_data.acknowledgement_typed_data(
        deployed.domain,
        complaint_id=write.complaint.complaint_id,
        event_type=accepted.event_type,
        data=accepted.data,
        accepted_at=int(write.created_at.timestamp()),
    )


def _body(write: Write, *, deployed: Deployment, signer: str) -> dict[str, Any]:
    typed = _typed_data(write, deployed=deployed, signer=signer)
    accepted = accepted_of(write)
    common = {
        "complaint_id": write.complaint.complaint_id,
        "event_type": accepted.event_type.name,
        "data": accepted.data,
    }
    if accepted.event_type is EventType.CREATED:
        message = typed["message"]
        statement = {
            "type": "entry",
            **common,
            "nonce": write.nonce,
            "head": message["head"],
            "actor": signer,
            "valid_until": message["validUntil"],
        }
    else:
        statement = {
            "type": "acknowledgement",
            **common,
            "accepted_at": typed["message"]["acceptedAt"],
            "signer": signer,
        }
    return {**statement, "signature": write.promise_signature, "typed_data": typed}
