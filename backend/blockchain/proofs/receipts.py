"""Receipts as docs/receipt.md describes them, from the proofs and links in the database; no node is asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from blockchain import receipt
from blockchain.chain.artifact import Deployment, deployment
from blockchain.models import ChainEvent, Complaint, ProofBlock, ScanCursor, SlotProof, Write
from blockchain.promises import accepted_of
from blockchain.protocol import typed_data
from blockchain.protocol.hashing import ADDRESS_BYTES, hex0x
from blockchain.protocol.kinds import EventType

Json = dict[str, Any]
MEDIA_TYPE: Final = "application/vnd.complaint-registry.receipt.v1+json"
# Bytes, of the 16 MiB that a receipt may have: for the payloads that it discloses, and for the proofs of single files,
# which the proof of all links makes superfluous.
OPENINGS_BYTES = receipt.MAX_BYTES // 2
EVIDENCE_BYTES = receipt.MAX_BYTES // 8


@dataclass(frozen=True, kw_only=True)
class Made:
    """A receipt, and the keys of the proofs in it that were not handed out before."""

    receipt: Json
    new: Sequence[int]

    def handed_out(self) -> None:
        """Notes that somebody has it: its proofs stay."""
        if self.new:
            SlotProof.objects.filter(pk__in=self.new).update(handed_out=True)

    def text(self) -> bytes:
        """The file."""
        return receipt.receipt_text(self.receipt)


def receipt_public(complaint_id: str) -> Made | None:
    """The public half: links and proofs, without personal data. None before the first proof is final.

    It has the links that its newest proof covers; later ones come with the next proof. Raises `ArtifactError`.
    """
    deployed = deployment()
    cursor = ScanCursor.find(chain_id=deployed.chain_id, address=deployed.address)
    if cursor is None:
        return None
    blocks = ProofBlock.objects.filter(state=ProofBlock.State.PUBLISHED, number__lte=cursor.block_number)
    own = SlotProof.objects.filter(complaint_id=complaint_id, block__in=blocks)
    proofs = list(own.filter(of=SlotProof.Of.COMPLAINT).select_related("block").order_by("-block__number"))
    proofs = proofs[: receipt.MAX_PROOFS][::-1]
    if not proofs:
        return None
    block_ids = [each.block_id for each in proofs]
    more: dict[int, list[SlotProof]] = defaultdict(list)
    of_all = SlotProof.objects.filter(block__in=block_ids, of__in=(SlotProof.Of.REGISTRY, SlotProof.Of.ROLE))
    for slot in of_all.order_by("pk"):
        more[slot.block_id].append(slot)
    room = EVIDENCE_BYTES
    for slot in own.filter(of=SlotProof.Of.EVIDENCE, block__in=block_ids).order_by("-pk"):
        room -= 2 * len(slot.nodes)
        if room >= 0:
            more[slot.block_id].append(slot)
    made = {
        "format": receipt.FORMAT,
        "version": 1,
        "critical": [],
        "deployment": _deployment(deployed),
        "complaint": {"id": complaint_id},
        "links": _links(complaint_id, proofs[-1].event_count, cursor.block_number),
        "proofs": [_proof(each.block, [each, *more[each.block_id]]) for each in proofs],
        "promises": [],
        "headers": [],
        "openings": {},
    }
    return Made(receipt=made, new=[each.pk for each in proofs if not each.handed_out])


def receipt_of(complaint: Complaint) -> Made | None:
    """The whole receipt, for those who may see the complaint. None before the first proof is final."""
    public = receipt_public(complaint.complaint_id)
    if public is None:
        return None
    writes = list(complaint.writes.order_by("nonce"))
    # In the order of the nonces, so the filing's promise is there in any case.
    promised = [each for each in writes if each.promise_signature][: receipt.MAX_PROMISES]
    promises = [_promise(each) for each in promised]
    private = {"promises": promises, "openings": _openings(complaint, writes, public.receipt["links"], promises)}
    return Made(receipt=public.receipt | private, new=public.new)


def _deployment(deployed: Deployment) -> Json:
    return {
        "chain_id": deployed.chain_id,
        "contract": deployed.address.lower(),
        "genesis": deployed.genesis,
        **vars(deployed.rules),
    }


def _links(complaint_id: str, number: int, up_to_block: int) -> list[Json]:
    """The first links. Fewer if the cache lacks one: a verifier then says that links are missing."""
    events = ChainEvent.objects.filter(complaint_id=complaint_id, sequence__lte=number, block_number__lte=up_to_block)
    links: list[Json] = []
    for event in events.order_by("sequence"):
        if event.sequence != len(links) + 1:
            break
        links.append(
            {
                "sequence": event.sequence,
                "type": event.event_type,
                "actor": event.actor.lower(),
                "time": event.timestamp,
                "data": event.data,
            }
        )
    return links


def _proof(block: ProofBlock, slots: Sequence[SlotProof]) -> Json:
    return {
        "kind": "mpt",
        "block": {"kind": "rlp-keccak", "header": hex0x(bytes(block.header))},
        "account": _nodes(block.account),
        "slots": [_slot(slot) for slot in slots[: receipt.MAX_SLOTS]],
    }


def _slot(slot: SlotProof) -> Json:
    names = {SlotProof.Of.EVIDENCE: ("data",), SlotProof.Of.ROLE: ("role", "account")}.get(SlotProof.Of(slot.of), ())
    return {"of": slot.of, **{name: getattr(slot, name) for name in names}, "nodes": _nodes(slot.nodes)}


def _nodes(stored: bytes | memoryview) -> list[str]:
    return [hex0x(each) for each in receipt.rlp_read(bytes(stored)) if isinstance(each, bytes)]


def _promise(write: Write) -> Json:
    """What was signed when the write was accepted."""
    accepted = accepted_of(write)
    signed = {"type": int(accepted.event_type), "data": accepted.data}
    signer, signature = write.promise_signer.lower(), write.promise_signature.lower()
    if accepted.event_type is EventType.CREATED:
        entry = {"nonce": write.nonce, "head": typed_data.ANY_HEAD, "actor": signer}
        return {"kind": "entry", **signed, **entry, "valid_until": typed_data.FOREVER, "signature": signature}
    accepted_at = int(write.created_at.timestamp())
    return {
        "kind": "acknowledgement",
        **signed,
        "accepted_at": accepted_at,
        "signer": signer,
        "signature": signature,
    }


def _openings(complaint: Complaint, writes: Sequence[Write], links: Sequence[Json], promises: Sequence[Json]) -> Json:
    """What opens the commitments of links, and of promises that are not among the links, as far as it is known here."""
    known = _known(complaint, writes)
    recorded = {link["data"] for link in links}
    wanted = [("links", position, link["data"]) for position, link in enumerate(links, 1)]
    wanted += [
        ("promises", position, promise["data"])
        for position, promise in enumerate(promises, 1)
        if promise["data"] not in recorded
    ]
    openings: Json = {
        "tracking_id": complaint.external_id,
        "salt": complaint.salt,
        "complainant": (complaint.complainant or hex0x(bytes(ADDRESS_BYTES))).lower(),
        "links": {},
        "promises": {},
    }
    room = OPENINGS_BYTES
    for name, position, data in wanted:
        if (opening := known.get(data)) is not None:
            room -= len(receipt.jcs(opening))
            if room >= 0:
                openings[name][str(position)] = opening
    return openings


def _known(complaint: Complaint, writes: Sequence[Write]) -> dict[str, Json]:
    """Salt and payload by the commitment for which they are stored. A verifier checks whether they give it."""
    rows: list[Any] = [*writes, *map(accepted_of, writes), *complaint.objections.all()]
    return {row.data: {"salt": row.salt, "payload": row.payload} for row in rows if row.salt and row.payload}
