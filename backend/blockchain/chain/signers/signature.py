"""ECDSA signatures as Ethereum accepts them: low s, and the one recovery id that leads to the signer's address."""

from dataclasses import dataclass

from eth_keys import keys
from eth_keys.constants import SECPK1_N as ORDER
from eth_keys.exceptions import BadSignature, ValidationError

from blockchain.chain.signers.errors import SignerError

# EIP-2: s is at most half of the order of secp256k1's group.
HALF = ORDER // 2
DATA_BYTES = 65
ELECTRUM = 27  # what signatures of data add to the recovery id


@dataclass(frozen=True, kw_only=True)
class Signature:
    """`parity` is the recovery id, 0 or 1."""

    parity: int
    r: int
    s: int

    @property
    def of_data(self) -> str:
        """65 bytes as `0x` hex, with v = 27 or 28."""
        return "0x" + (self.r.to_bytes(32) + self.s.to_bytes(32) + bytes([ELECTRUM + self.parity])).hex()


def signature_made(*, digest: bytes, r: int, s: int, address: str) -> Signature:
    """The canonical form of a signature without recovery id, by the key of `address`.

    Raises `SignerError` if it is not by that key.
    """
    if not 0 < r < ORDER or not 0 < s < ORDER:
        raise SignerError("the signer returned numbers that are no signature")
    low = min(s, ORDER - s)
    for parity in (0, 1):
        if _recovered(digest, parity, r, low) == address:
            return Signature(parity=parity, r=r, s=low)
    raise SignerError(f"the signature is not by the key of {address}")


def signature_checked(*, digest: bytes, parity: int, r: int, s: int, address: str) -> Signature:
    """A signature that a signer returned. Raises `SignerError` unless it is canonical, and by the key of `address`."""
    if not _is_canonical(parity, r, s):
        raise SignerError("the signer returned a signature that is not canonical")
    if _recovered(digest, parity, r, s) != address:
        raise SignerError(f"the signature is not by the key of {address}")
    return Signature(parity=parity, r=r, s=s)


def data_signature_checked(answer: object, *, digest: bytes, address: str) -> str:
    """The 65 bytes that a signer returned for typed data, as `0x` hex. Raises `SignerError`."""
    try:
        if not isinstance(answer, str) or not answer.startswith("0x"):
            raise ValueError
        signed = bytes.fromhex(answer[2:])
        if len(signed) != DATA_BYTES or len(answer) != 2 + 2 * DATA_BYTES:
            raise ValueError
    except ValueError:
        raise SignerError("the signer returned no signature of 65 bytes") from None
    parity, r, s = _numbers(signed)
    return signature_checked(digest=digest, parity=parity, r=r, s=s, address=address).of_data


def data_signer(*, digest: bytes, signature: bytes) -> str | None:
    """The checksummed address whose key made a signature that the contract accepts: 65 bytes, low s, v 27 or 28."""
    if len(signature) != DATA_BYTES:
        return None
    parity, r, s = _numbers(signature)
    return _recovered(digest, parity, r, s) if _is_canonical(parity, r, s) else None


def _numbers(signed: bytes) -> tuple[int, int, int]:
    """Parity, r and s of the 65 bytes of a signature of data."""
    return signed[64] - ELECTRUM, int.from_bytes(signed[:32]), int.from_bytes(signed[32:64])


def _is_canonical(parity: int, r: int, s: int) -> bool:
    return parity in (0, 1) and 0 < r < ORDER and 0 < s <= HALF


def _recovered(digest: bytes, parity: int, r: int, s: int) -> str | None:
    try:
        signature = keys.Signature(vrs=(parity, r, s))
        return signature.recover_public_key_from_msg_hash(digest).to_checksum_address()
    except (BadSignature, ValidationError, ValueError):
        # An r that is on no point of the curve.
        return None
