"""The two DER structures of AWS KMS, read strictly: what has two spellings has one here.

X.690 for DER, RFC 3279 and RFC 5480 for signatures and public keys.
"""

from blockchain.chain.signers.errors import SignerError

INTEGER, SEQUENCE = 0x02, 0x30
# SubjectPublicKeyInfo of an uncompressed point of secp256k1, up to its 64 bytes:
# SEQUENCE { SEQUENCE { id-ecPublicKey, secp256k1 }, BIT STRING { 0 unused bits, 4 for "uncompressed"
SECP256K1_KEY = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a03420004")
POINT_BYTES = 64


def public_key_point(spki: bytes) -> bytes:
    """The 64 bytes of an uncompressed secp256k1 public key. Raises `SignerError` for any other key."""
    point = spki[len(SECP256K1_KEY) :]
    if not spki.startswith(SECP256K1_KEY) or len(point) != POINT_BYTES:
        raise SignerError("the public key is not one of secp256k1")
    return point


def signature_numbers(der: bytes) -> tuple[int, int]:
    """r and s. Raises `SignerError`."""
    content, rest = _value(der, SEQUENCE)
    r, content = _value(content, INTEGER)
    s, content = _value(content, INTEGER)
    if rest or content:
        raise SignerError("the signature has bytes behind it")
    return _number(r), _number(s)


def _value(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first value, and what follows it. Signatures are short: lengths have one byte."""
    if len(data) < 2 or data[0] != tag or data[1] > 0x7F or len(data) < 2 + data[1]:
        raise SignerError("the signature is not DER")
    end = 2 + data[1]
    return data[2:end], data[end:]


def _number(content: bytes) -> int:
    """A positive integer in the fewest bytes."""
    padded = content[:1] == b"\0"
    if not content or content[0] > 0x7F or (padded and (len(content) == 1 or content[1] <= 0x7F)):
        raise SignerError("the signature's numbers are not DER")
    return int.from_bytes(content)
