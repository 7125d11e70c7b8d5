"""Is this file anchored? Asked of the contract now; of our records only the salts are used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainError, ChainUnavailable, WrongChain
from blockchain.chain.guard import chain_check
from blockchain.commitments import hashing
from blockchain.evidence.cid import Digest, digest_of
from blockchain.models import BlockchainTransaction, ChainEvent, EvidenceHash
from blockchain.verification.receipts import links_by_transaction
from report.models import IssueReport


@dataclass(frozen=True, kw_only=True)
class EvidenceVerification:
    """The answer for the bytes that were asked about."""

    verified: bool
    state: str  # anchored, pending or unknown
    file_hash: str
    ipfs_cid: str
    size: int  # bytes
    evidence_id: int | None
    evidence_hash: str | None
    sequence: int | None
    block_timestamp: int | None  # Unix seconds
    tx_hash: str | None


def evidence_verify(*, report: IssueReport, stream: BinaryIO) -> EvidenceVerification:
    """Hashes the stream and asks the contract for each salt of the report's evidence. Raises `ChainUnavailable`.

    Neither the recorded file hash nor the recorded evidence hash is believed: a record that was altered can neither
    make another file pass, nor hide the true one.
    """
    digest = digest_of(stream)
    records = sorted(report.evidence.select_related("write"), key=lambda row: row.file_hash != digest.sha256.hex())
    known = [(row, commitment) for row in records if (commitment := _commitment(row, digest))]
    contract = registry()
    try:
        chain_check(contract)
        anchors = _anchors(contract, report.complaint_id, [commitment for _, commitment in known])
        for (row, commitment), (timestamp, sequence) in zip(known, anchors, strict=True):
            if sequence:
                return _answer(
                    digest,
                    state="anchored",
                    row=row,
                    commitment=commitment,
                    sequence=sequence,
                    block_timestamp=timestamp,
                    tx_hash=_tx_hash(contract, report.complaint_id, sequence, commitment),
                )
    except (ChainUnavailable, WrongChain):
        raise
    except ChainError as error:
        raise ChainUnavailable(f"the node gives no usable answer ({type(error).__name__})") from error
    for row, commitment in known:
        waits = row.write is not None and row.write.state != BlockchainTransaction.State.SUPERSEDED
        if row.file_hash == digest.sha256.hex() and waits:
            return _answer(digest, state="pending", row=row, commitment=commitment)
    return _answer(digest, state="unknown")


def _answer(
    digest: Digest,
    *,
    state: str,
    row: EvidenceHash | None = None,
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
        evidence_id=row.pk if row else None,
        evidence_hash=commitment,
        sequence=sequence,
        block_timestamp=block_timestamp,
        tx_hash=tx_hash,
    )


def _commitment(row: EvidenceHash, digest: Digest) -> str | None:
    """What the chain would have for these bytes with this record's salt; None if the salt is none any more."""
    try:
        salt = hashing.unhex(row.salt)
        return hashing.hex0x(hashing.evidence_hash(salt=salt, sha256=digest.sha256, cid=digest.cid))
    except ValueError:
        return None


def _anchors(contract: Registry, complaint_id: str, commitments: Sequence[str]) -> list[tuple[int, int]]:
    """`(timestamp, sequence)` of each; zeros for what was never anchored."""
    complaint = hashing.unhex(complaint_id)
    calls = []
    for commitment in commitments:
        data = contract.encode("evidenceAnchor", complaint, hashing.unhex(commitment))
        calls.append(("eth_call", [{"to": contract.address, "data": hashing.hex0x(data)}, "latest"]))
    anchors = []
    for result in contract.node.batch(calls):
        if isinstance(result, ChainError):
            raise result
        timestamp, sequence = contract.decode("evidenceAnchor", hashing.unhex(result))
        anchors.append((timestamp, sequence))
    return anchors


def _tx_hash(contract: Registry, complaint_id: str, sequence: int, commitment: str) -> str | None:
    """The transaction that anchored it, where the cache names one whose receipt says the same."""
    rows = ChainEvent.objects.filter(complaint_id=complaint_id, sequence=sequence)
    landed = links_by_transaction(registry=contract, tx_hashes=rows.values_list("tx_hash", flat=True))
    for tx_hash, links in landed.items():
        for link in links:
            if (link.complaint_id, link.sequence, link.data_hash) == (complaint_id, sequence, commitment):
                return tx_hash
    return None
