"""Checks whether a file is anchored: queries the contract, and uses only salts and labels from our records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from blockchain.chain.contract import Registry, registry_of_requests
from blockchain.chain.errors import ChainError, ChainUnavailable, WrongChain
from blockchain.chain.guard import chain_check
from blockchain.evidence.cid import Digest, digest_of
from blockchain.models import ChainEvent, Complaint, EvidenceFile
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.verification.receipts import links_by_transaction
from blockchain.verification.records import commitment


@dataclass(frozen=True, kw_only=True)
class EvidenceVerification:
    """The result for the submitted bytes."""

    verified: bool
    state: str  # anchored, pending or unknown
    file_hash: str
    ipfs_cid: str
    size: int  # bytes
    evidence_id: UUID | None
    evidence_hash: str | None
    sequence: int | None
    block_timestamp: int | None  # Unix seconds
    tx_hash: str | None


def evidence_verify(*, complaint: Complaint, stream: BinaryIO) -> EvidenceVerification:
    """Hashes the stream and asks the contract for it under each salt of the complaint. Raises `ChainUnavailable`.

    Neither the recorded file hash nor the recorded commitment is trusted: an altered record can neither make another
    file pass nor hide the true one.
    """
    digest = digest_of(stream)
    records = sorted(complaint.evidence.select_related("write"), key=lambda row: row.file_hash != digest.sha256.hex())
    known = [(row, made) for row in records if (made := _commitment(row, digest))]
    contract = registry_of_requests()
    try:
        chain_check(contract)
        anchors = _anchors(contract, complaint.complaint_id, [made for _, made in known])
        for (row, made), (timestamp, sequence) in zip(known, anchors, strict=True):
            if sequence:
                return _answer(
                    digest,
                    state="anchored",
                    row=row,
                    commitment=made,
                    sequence=sequence,
                    block_timestamp=timestamp,
                    tx_hash=_tx_hash(contract, complaint.complaint_id, sequence, made),
                )
    except (ChainUnavailable, WrongChain):
        raise
    except ChainError as error:
        raise ChainUnavailable(f"the node gives no usable answer ({type(error).__name__})") from error
    for row, made in known:
        waits = row.write.event_type == EventType.EVIDENCE_ANCHORED
        if row.file_hash == digest.sha256.hex() and waits:
            return _answer(digest, state="pending", row=row, commitment=made)
    return _answer(digest, state="unknown")


def _answer(
    digest: Digest,
    *,
    state: str,
    row: EvidenceFile | None = None,
    commitment: str | None = None,
    sequence: int | None = None,
    block_timestamp: int | None = None,
    tx_hash: str | None = None,
) -> EvidenceVerification:
    return EvidenceVerification(
        verified=state == "anchored",
        state=state,
        file_hash=digest.sha256.hex(),
        ipfs_cid=digest.cid,
        size=digest.size,
        evidence_id=row.public_id if row else None,
        evidence_hash=commitment,
        sequence=sequence,
        block_timestamp=block_timestamp,
        tx_hash=tx_hash,
    )


def _commitment(row: EvidenceFile, digest: Digest) -> str | None:
    """What the chain would have for these bytes with this record's salt and labels; None if those are none any more."""
    payload = row.write.payload
    if not isinstance(payload, dict):
        return None
    own = {"sha256": digest.sha256.hex(), "cid": digest.cid, "size": digest.size}
    return commitment(salt=row.write.salt, payload=payload | own)


def _anchors(contract: Registry, complaint_id: str, commitments: Sequence[str]) -> list[tuple[int, int]]:
    """`(timestamp, sequence)` of each; zeros for what was never anchored."""
    complaint = hashing.unhex(complaint_id)
    calls = []
    for made in commitments:
        data = contract.encode("evidenceAnchor", complaint, hashing.unhex(made))
        calls.append(("eth_call", [{"to": contract.address, "data": hashing.hex0x(data)}, "latest"]))
    anchors = []
    for result in contract.node.batch(calls):
        if isinstance(result, ChainError):
            raise result
        timestamp, sequence = contract.decode("evidenceAnchor", hashing.unhex(result))
        anchors.append((timestamp, sequence))
    return anchors


def _tx_hash(contract: Registry, complaint_id: str, sequence: int, made: str) -> str | None:
    """The transaction that anchored it, where the cache names one whose receipt says the same."""
    rows = ChainEvent.objects.filter(complaint_id=complaint_id, sequence=sequence)
    landed = links_by_transaction(registry=contract, tx_hashes=rows.values_list("tx_hash", flat=True))
    for tx_hash, links in landed.items():
        for link in links:
            if (link.complaint_id, link.sequence, link.data) == (complaint_id, sequence, made):
                return tx_hash
    return None
