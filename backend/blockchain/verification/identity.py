"""Checks that a complaint's id belongs to its filing: the id commits to tracking id, filing and complainant."""

from collections.abc import Sequence

from blockchain.models import Complaint
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.verification.records import Known, Record


def complaint_id_holds(*, complaint: Complaint, created_data: str) -> bool:
    """Whether the id is that of salt, tracking id, complainant and `created_data` (`0x` hex, of the CREATED link)."""
    try:
        subject = hashing.subject_of(
            salt=hashing.unhex(complaint.salt),
            tracking_id=complaint.external_id,
            created_data=hashing.unhex(created_data),
        )
        complainant = hashing.unhex(complaint.complainant) if complaint.complainant else bytes(hashing.ADDRESS_BYTES)
        computed = hashing.complaint_id_of(subject=subject, complainant=complainant)
    except ValueError:
        return False
    return hashing.hex0x(computed) == complaint.complaint_id


def identity_problem(complaint: Complaint, records: Sequence[Record], known: Sequence[Known]) -> str:
    """What speaks against the id, by the CREATED link or, before there is one, by our own; empty if nothing does."""
    own = next((each.write.data for each in known if each.write.nonce == 0), "")
    if not complaint_id_holds(complaint=complaint, created_data=own):
        return "complaint_id does not belong to the filing that is recorded here"
    created = next((record for record in records if record.facts.event_type == EventType.CREATED), None)
    if created is not None and not complaint_id_holds(complaint=complaint, created_data=created.facts.data):
        return "the CREATED link is not the filing that complaint_id commits to"
    return ""
