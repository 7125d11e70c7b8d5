"""What the backend keeps about the chain: the outbox (never dropped) and the cache (rebuilt at will)."""

from blockchain.models.chain_event import ChainEvent, ScanCheckpoint, ScanCursor
from blockchain.models.evidence import EvidenceHash
from blockchain.models.evidence_upload import EvidenceUpload
from blockchain.models.lease import RelayLease
from blockchain.models.signed_transaction import SignedTransaction
from blockchain.models.sla import SLATracker
from blockchain.models.write import BlockchainTransaction

__all__ = [
    "BlockchainTransaction",
    "ChainEvent",
    "EvidenceHash",
    "EvidenceUpload",
    "RelayLease",
    "SLATracker",
    "ScanCheckpoint",
    "ScanCursor",
    "SignedTransaction",
]
