"""The backend's data about the chain: complaints and the outbox, which are never dropped, and the cache, which can be
rebuilt."""

from blockchain.models.alarm import Alarm
from blockchain.models.chain_event import ChainEvent, ScanCheckpoint, ScanCursor
from blockchain.models.complaint import ChainState, Complaint
from blockchain.models.ended_entry import EndedEntry
from blockchain.models.evidence import EvidenceFile
from blockchain.models.evidence_upload import EvidenceUpload
from blockchain.models.job import Job
from blockchain.models.lease import RelayLease
from blockchain.models.objection import Objection
from blockchain.models.proof import ProofBlock, SlotProof
from blockchain.models.quota_holder import QuotaHolder
from blockchain.models.role_change import RoleAcknowledgement, RoleChange
from blockchain.models.service_token import ServiceToken
from blockchain.models.transaction import Attempt, Transaction
from blockchain.models.write import Write

__all__ = [
    "Alarm",
    "Attempt",
    "ChainEvent",
    "ChainState",
    "Complaint",
    "EndedEntry",
    "EvidenceFile",
    "EvidenceUpload",
    "Job",
    "Objection",
    "ProofBlock",
    "QuotaHolder",
    "RelayLease",
    "RoleAcknowledgement",
    "RoleChange",
    "ScanCheckpoint",
    "ScanCursor",
    "ServiceToken",
    "SlotProof",
    "Transaction",
    "Write",
]
