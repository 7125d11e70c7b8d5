"""What the backend keeps about the chain: complaints and the outbox, never dropped; and the cache, rebuilt at will."""

from blockchain.models.chain_event import ChainEvent, ScanCheckpoint, ScanCursor
from blockchain.models.complaint import ChainState, Complaint
from blockchain.models.ended_entry import EndedEntry
from blockchain.models.evidence import EvidenceFile
from blockchain.models.evidence_upload import EvidenceUpload
from blockchain.models.lease import RelayLease
from blockchain.models.service_token import ServiceToken
from blockchain.models.transaction import Attempt, Transaction
from blockchain.models.write import Write

__all__ = [
    "Attempt",
    "ChainEvent",
    "ChainState",
    "Complaint",
    "EndedEntry",
    "EvidenceFile",
    "EvidenceUpload",
    "RelayLease",
    "ScanCheckpoint",
    "ScanCursor",
    "ServiceToken",
    "Transaction",
    "Write",
]
