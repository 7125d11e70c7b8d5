"""Is this complaint's id the one of its filing? It commits to the tracking id, the filing and the complainant."""

from blockchain.models import Complaint
from blockchain.protocol import hashing


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
