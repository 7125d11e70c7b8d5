"""What an id commits to: the filing and its author. Everyone who holds the salt can check it, the contract cannot."""

from eth_utils import keccak

from tests.verification.decoder import WORD


def subject_of(salt: bytes, tracking_id: str, created_data: bytes) -> bytes:
    """The part of the id that hides the complaint. `created_data`: what the CREATED link commits to."""
    return keccak(keccak(salt + tracking_id.encode()) + created_data)


def id_of(subject: bytes, complainant: str) -> bytes:
    """The complaint's id. `complainant`: an address, zero for nobody."""
    return keccak(subject + int(complainant, 16).to_bytes(WORD))
