"""Objections that a complainant signed and handed in: which are accepted, and what has become of them.

An objection is the complainant's own: it needs no role and no nonce of ours, and no status of the complaint refuses it.
The chain records each number once. `docs/specification.md` 5.2.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from blockchain.acceptance import RecordingRefused, complaint_lock
from blockchain.chain.artifact import deployment
from blockchain.chain.signers.signature import data_signer
from blockchain.common.errors import NAMESPACE
from blockchain.models import ChainEvent, ChainState, Complaint, Objection, Write
from blockchain.protocol import hashing, typed_data
from blockchain.protocol.kinds import EventType, Status
from blockchain.protocol.schemas import PayloadInvalid, payload_check

logger = logging.getLogger(__name__)

MOST = 255
"""Objections to one complaint that the contract takes."""
# Why an objection waits or was refused, for people.
REASONS = {
    "InvalidSignature": "the complainant's account has code (EIP-7702), which refuses the signature",
    "SignatureTooExpensive": "the code of the complainant's account (EIP-7702) needs too much gas for the signature",
    "RevertedAgain": "the contract refused it in three transactions",
    "SignatureVoid": "the complaint has a new id: sign the objection again",
    "StaleNonce": "another objection may have been recorded under its number",
    "NodeError": "the node can't estimate the transaction; it is tried again",
}
# What the audit trail and the API show of an objection's link.
LINK = ("sequence", "timestamp", "tx_hash")


class State(StrEnum):
    """What has become of an objection, as far as the chain was read."""

    WAITING = "waiting"
    SENT = "sent"  # in a transaction that is not final, or of which the link is not read yet
    RECORDED = "recorded"
    SUPERSEDED = "superseded"  # the complainant recorded another one under its number
    REFUSED = "refused"  # the contract does not accept it


@dataclass(frozen=True, kw_only=True)
class Signed:
    """An objection as the complainant signed it. Hashes, addresses and bytes as `0x` hex, lower case."""

    complaint_id: str
    subject: str
    complainant: str
    data: str
    number: int
    signature: str
    salt: str
    payload: dict[str, Any]


class ObjectionInvalid(ValueError):
    """The file is damaged, or not of this complaint. `member`: the member of the file that is wrong."""

    def __init__(self, member: str, reason: str) -> None:
        self.member, self.reason = member, reason
        super().__init__(f"{member}: {reason}")


class NoComplainant(RecordingRefused):
    """The complaint was filed without a key of the complainant's, so the contract accepts no objection."""

    def __init__(self) -> None:
        super().__init__(
            "this complaint was filed without a complainant's address, so nobody can sign an objection to it"
        )


class NumberRefused(RecordingRefused):
    """The objection is not the next one."""

    type_ = f"{NAMESPACE}objection-number"

    def __init__(self, *, expected: int, given: int, recorded: int) -> None:
        self.expected, self.given = expected, given
        waiting = f"{recorded} recorded, {expected - recorded} waiting"
        super().__init__(
            f"this complaint has {expected} objections ({waiting}), so the next one has the number {expected}, not "
            f"{given}: sign it again with that number"
            if expected < MOST
            else f"this complaint has {expected} objections ({waiting}), and the contract takes no more"
        )

    @property
    def members(self) -> dict[str, Any]:
        return {"expected": self.expected, "given": self.given}


def subject_of(complaint: Complaint) -> str:
    """The subject that an objection to the complaint names, `0x` hex."""
    created = Write.objects.values_list("data", flat=True).get(complaint=complaint, nonce=0)
    salt, filing = hashing.unhex(complaint.salt), hashing.unhex(created)
    return hashing.hex0x(hashing.subject_of(salt=salt, tracking_id=complaint.external_id, created_data=filing))


def objection_check(*, complaint: Complaint, signed: Signed) -> None:
    """Checks everything but the number. Raises `ObjectionInvalid`, `NoComplainant`, or `ArtifactError`.

    No node is asked, so it works while the chain is down. That is why only signatures of keys are accepted.
    """
    if not complaint.complainant:
        raise NoComplainant
    complainant = complaint.complainant.lower()
    for member, expected in (
        ("complaint_id", complaint.complaint_id),
        ("complainant", complainant),
        ("subject", subject_of(complaint)),
    ):
        if getattr(signed, member) != expected:
            raise ObjectionInvalid(member, f"this objection is to another complaint; here it is {expected}")
    if signed.payload.get("type") != EventType.OBJECTED.name:
        raise ObjectionInvalid("payload", f"type: must be {EventType.OBJECTED.name}")
    try:
        payload_check(signed.payload)
    except PayloadInvalid as error:
        raise ObjectionInvalid("payload", f"{error.path or 'payload'}: {error.reason}") from None
    if signed.payload["by"].lower() != complainant:
        raise ObjectionInvalid("payload", f"by: must be the complainant's address, {complainant}")
    if hashing.hex0x(hashing.data_hash(salt=hashing.unhex(signed.salt), payload=signed.payload)) != signed.data:
        raise ObjectionInvalid("data", "must be keccak256(salt || JCS(payload)) of this salt and payload")
    typed = typed_data.objection_typed_data(
        deployment().domain, complaint_id=complaint.complaint_id, data=signed.data, number=signed.number
    )
    signer = data_signer(digest=typed_data.digest(typed), signature=hashing.unhex(signed.signature))
    if signer != complaint.complainant:
        raise ObjectionInvalid(
            "signature",
            f"must be by the key {complaint.complainant}, for this data, this number and this contract. A contract "
            "account (ERC-1271) can't hand in its objection here: any account can send `logObjection` with it",
        )


def objection_accept(*, complaint: Complaint, signed: Signed, caused_by: str = "") -> tuple[Objection, bool]:
    """Accepts an objection that was checked, for the relay to record. Returns it, and whether it is new.

    In the caller's transaction. The status of the complaint does not matter, and neither does whether it is frozen. If
    the complainant has recorded it already, it is kept to open its link. Raises `NumberRefused`.
    """
    complaint_lock(complaint)
    state = ChainState.objects.filter(complaint=complaint).first()
    recorded = state.objections if state is not None else 0
    known = list(Objection.objects.filter(complaint=complaint))
    for each in known:
        same = each.data == signed.data
        # The same text, signed again with another number, would be recorded twice.
        if same and (each.number == signed.number or (each.standing and each.number >= recorded)):
            return each, False
    links = list(_links(complaint.complaint_id).order_by("sequence").values_list("data", flat=True))
    expected = number_next({each.number for each in known if each.standing}, recorded=recorded)
    is_recorded = links[signed.number : signed.number + 1] == [signed.data]
    if not is_recorded and (signed.number != expected or expected >= MOST):
        raise NumberRefused(expected=expected, given=signed.number, recorded=recorded)
    if is_recorded:
        # The complainant recorded another one under this number than the one that was handed in first.
        Objection.objects.filter(complaint=complaint, number=signed.number, standing=True).update(standing=None)
    objection = Objection.objects.create(
        complaint=complaint,
        number=signed.number,
        data=signed.data,
        salt=signed.salt,
        payload=signed.payload,
        signature=signed.signature,
        caused_by=caused_by,
    )
    logger.info("objection accepted", extra={"complaint": complaint.complaint_id, "number": objection.number})
    return objection, True


def number_next(taken: Collection[int], *, recorded: int) -> int:
    """The number of the next objection: those on record, and the accepted ones that follow them. Pure."""
    number = recorded
    while number in taken:
        number += 1
    return number


def objections_with_link(objections: QuerySet[Objection]) -> QuerySet[Objection]:
    """The objections, each with the place of its link in the cache (`link_sequence`, `link_timestamp`, `link_tx_hash`;
    null if there is none), for `state_of`."""
    links = _links(OuterRef("complaint__complaint_id")).filter(data=OuterRef("data")).order_by("sequence")
    places = {f"link_{name}": Subquery(links.values(name)[:1]) for name in LINK}
    related = objections.select_related("complaint__chain_state")
    return related.annotate(**places)


def state_of(objection: Objection) -> State:
    """The state of an objection from `objections_with_link`."""
    if objection.link_sequence is not None:  # type: ignore[attr-defined]  # an annotation
        return State.RECORDED
    state: ChainState | None = getattr(objection.complaint, "chain_state", None)
    if state is not None and objection.number < state.objections:
        return State.SUPERSEDED
    if not objection.standing:
        return State.REFUSED
    # What a final transaction recorded is not read yet.
    return State.WAITING if objection.transaction_id is None else State.SENT


def reason_of(objection: Objection) -> str | None:
    """Why an objection from `objections_with_link` was refused, or what it waits for; None if nothing holds it up."""
    known = state_of(objection)
    if known is State.REFUSED or (known is State.WAITING and objection.error_code):
        return REASONS.get(objection.error_code, "the contract or the node refuses it")
    if known is not State.WAITING:
        return None
    state: ChainState | None = getattr(objection.complaint, "chain_state", None)
    if state is None or state.status == Status.NONE:
        return "the filing has to be recorded first"
    return "the objections before it have to be recorded first" if objection.number > state.objections else None


def objections_waiting() -> QuerySet[Objection]:
    """Accepted objections that no transaction carries and whose number is not on record, as far as the chain was
    read."""
    unread = Q(complaint__chain_state=None) | Q(number__gte=F("complaint__chain_state__objections"))
    return Objection.objects.filter(unread, standing=True, transaction=None)


def objections_next() -> QuerySet[Objection]:
    """Those of them that can be recorded now: their complaint is filed, and all objections before them are recorded or
    in a transaction, as far as the chain was read."""
    # An unsigned column knows no number below 0.
    following = Objection.objects.annotate(following=F("number") + 1).filter(
        complaint=OuterRef("complaint"), following=OuterRef("number"), standing=True, transaction__isnull=False
    )
    is_next = Q(number=F("complaint__chain_state__objections")) | Exists(following)
    return objections_waiting().filter(is_next, complaint__chain_state__status__gt=Status.NONE)


def _links(complaint_id: Any) -> QuerySet[ChainEvent]:
    return ChainEvent.objects.filter(complaint_id=complaint_id, event_type=EventType.OBJECTED)
