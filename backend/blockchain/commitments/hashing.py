"""Salted commitments: what the chain gets instead of data. Spec section 3.

Hashes and salts are `0x` hex in the database and the API, and bytes here.
"""

import secrets
from typing import Any

import rfc8785
from eth_hash.auto import keccak

SALT_BYTES = 32


def salt_new() -> bytes:
    """32 fresh random bytes. Without the salt nobody can guess what a commitment stands for."""
    return secrets.token_bytes(SALT_BYTES)


def complaint_id_hash(*, salt: bytes, tracking_id: str) -> bytes:
    """`keccak256(salt || utf8(tracking_id))`, 32 bytes."""
    return keccak(_checked(salt) + tracking_id.encode())


def data_hash(*, salt: bytes, payload: dict[str, Any]) -> bytes:
    """`keccak256(salt || JCS(payload))`, 32 bytes; JCS is RFC 8785.

    Raises `rfc8785.CanonicalizationError` for what has no canonical form, such as an integer beyond 2^53.
    """
    return keccak(_checked(salt) + rfc8785.dumps(payload))


def evidence_hash(*, salt: bytes, sha256: bytes, cid: str) -> bytes:
    """`keccak256(salt || sha256(file) || utf8(cid))`, 32 bytes."""
    if len(sha256) != 32:
        raise ValueError("sha256 must be 32 bytes")
    return keccak(_checked(salt) + sha256 + cid.encode())


def hex0x(value: bytes) -> str:
    """`0x` hex, lower case."""
    return "0x" + value.hex()


def unhex(value: str) -> bytes:
    """Bytes of `0x` hex. Raises `ValueError` for anything else."""
    return bytes.fromhex(value.removeprefix("0x"))


def _checked(salt: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt must be {SALT_BYTES} bytes")
    return salt
