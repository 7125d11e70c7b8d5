"""ECDSA signatures as Ethereum accepts them: low s, and the one recovery id that leads to the signer's address."""

from dataclasses import dataclass

from eth_keys import keys
from eth_keys.exceptions import BadSignature, ValidationError

from blockchain.chain.signers.errors import SignerError

# The order of secp256k1's group; EIP-2 allows s up to its half.
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
HALF = ORDER // 2
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
    if parity not in (0, 1) or not 0 < r < ORDER or not 0 < s <= HALF:
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
        if len(signed) != 65 or len(answer) != 132:
            raise ValueError
    except ValueError:
        raise SignerError("the signer returned no signature of 65 bytes") from None
    r, s = int.from_bytes(signed[:32]), int.from_bytes(signed[32:64])
    return signature_checked(digest=digest, parity=signed[64] - ELECTRUM, r=r, s=s, address=address).of_data


def _recovered(digest: bytes, parity: int, r: int, s: int) -> str | None:
    try:
        signature = keys.Signature(vrs=(parity, r, s))
        return signature.recover_public_key_from_msg_hash(digest).to_checksum_address()
    except (BadSignature, ValidationError, ValueError):
        # An r that is on no point of the curve.
        return None
