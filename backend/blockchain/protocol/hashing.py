"""Salted commitments: what the chain stores instead of data. `docs/specification.md` 3.

Hashes, salts and addresses are `0x` hex in the database and the API, and bytes here.
"""

import secrets
from typing import Any

import rfc8785

from blockchain.protocol.keccak import keccak

SALT_BYTES = 32
ADDRESS_BYTES = 20
ZERO_WORD = "0x" + "00" * 32


def salt_new() -> bytes:
    """32 fresh random bytes. Without the salt nobody can guess what a commitment stands for."""
    return secrets.token_bytes(SALT_BYTES)


def data_hash(*, salt: bytes, payload: dict[str, Any]) -> bytes:
    """`keccak256(salt || JCS(payload))`, 32 bytes; JCS is RFC 8785. One formula for every link that somebody words.

    Raises `rfc8785.CanonicalizationError` for what has no canonical form, such as an integer beyond 2^53.
    """
    return keccak(_salted(salt) + rfc8785.dumps(payload))


def subject_of(*, salt: bytes, tracking_id: str, created_data: bytes) -> bytes:
    """`keccak256(abi.encode(keccak256(salt || utf8(tracking_id)), createdData))`, 32 bytes.

    `created_data` is the commitment of the CREATED payload, whose salt is another one than the id's.
    """
    if len(created_data) != 32:
        raise ValueError("created_data must be 32 bytes")
    return keccak(keccak(_salted(salt) + tracking_id.encode()) + created_data)


def complaint_id_of(*, subject: bytes, complainant: bytes = bytes(ADDRESS_BYTES)) -> bytes:
    """`keccak256(abi.encode(subject, complainant))`, 32 bytes; `complainant` is an address, zero for none.

    So the id commits to the filing and to who may object.
    """
    if len(complainant) != ADDRESS_BYTES:
        raise ValueError("an address has 20 bytes")
    return keccak(subject + complainant.rjust(32, b"\0"))


def hex0x(value: bytes) -> str:
    """`0x` hex, lower case."""
    return "0x" + value.hex()


def unhex(value: str) -> bytes:
    """Bytes of `0x` hex. Raises `ValueError` for anything else."""
    return bytes.fromhex(value.removeprefix("0x"))


def word(number: int) -> str:
    """A number as 32 bytes of `0x` hex."""
    return hex0x(number.to_bytes(32, "big"))


def _salted(salt: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt must be {SALT_BYTES} bytes")
    return salt
