"""The chain in the admin: complaints, writes and their progress, and repairs for writes that do not land."""

from blockchain.admin.complaints import ComplaintAdmin, EvidenceFileAdmin
from blockchain.admin.events import ChainEventAdmin
from blockchain.admin.objections import ObjectionAdmin
from blockchain.admin.transactions import RelayLeaseAdmin, TransactionAdmin
from blockchain.admin.writes import WriteAdmin

__all__ = [
    "ChainEventAdmin",
    "ComplaintAdmin",
    "EvidenceFileAdmin",
    "ObjectionAdmin",
    "RelayLeaseAdmin",
    "TransactionAdmin",
    "WriteAdmin",
]
