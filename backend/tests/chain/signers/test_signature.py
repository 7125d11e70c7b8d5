"""Signatures: canonical whatever a vault returns, and refused where a signer says that they are."""

import pytest
from eth_account import Account
from eth_keys import keys
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from blockchain.chain.signers.der import public_key_point, signature_numbers
from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.signature import HALF, ORDER, data_signature_checked, signature_checked, signature_made
from tests.chain.signers.samples import ADDRESS, KEY, OTHER

DIGESTS = st.binary(min_size=32, max_size=32)
SCALARS = st.integers(1, ORDER - 1)
few = hypothesis_settings(max_examples=50, deadline=None)


def der_of(r: int, s: int) -> bytes:
    """A signature as `cryptography`, and with it KMS, encodes it."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(r, s)


@few
@given(DIGESTS, SCALARS, st.booleans())
def test_signature_made__any_digest_and_key_and_either_s__canonical_and_recovers(
    digest: bytes, secret: int, high: bool
) -> None:
    key = keys.PrivateKey(secret.to_bytes(32))
    address = key.public_key.to_checksum_address()
    signed = key.sign_msg_hash(digest)
    s = ORDER - signed.s if high else signed.s
    r, s = signature_numbers(der_of(signed.r, s))
    made = signature_made(digest=digest, r=r, s=s, address=address)
    assert (made.parity, made.r, made.s) == signed.vrs
    assert made.s <= HALF
    recovered = Account._recover_hash(digest, signature=bytes.fromhex(made.of_data[2:]))
    assert recovered == address


@few
@given(DIGESTS, SCALARS, SCALARS)
def test_signature_made__numbers_of_nobody__refused(digest: bytes, r: int, s: int) -> None:
    with pytest.raises(SignerError, match=f"the signature is not by the key of {ADDRESS}"):
        signature_made(digest=digest, r=r, s=s, address=ADDRESS)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (2**256, 1)])
def test_signature_made__numbers_out_of_range__refused(r: int, s: int) -> None:
    with pytest.raises(SignerError, match="numbers that are no signature"):
        signature_made(digest=b"\1" * 32, r=r, s=s, address=ADDRESS)


@few
@given(DIGESTS, st.sampled_from(["parity", "high s", "digest", "address", "v of 31"]))
def test_signature_checked__anything_else_than_what_was_asked__refused(digest: bytes, change: str) -> None:
    signed = keys.PrivateKey(bytes.fromhex(KEY[2:])).sign_msg_hash(digest)
    parity, r, s = signed.vrs
    assert signature_checked(digest=digest, parity=parity, r=r, s=s, address=ADDRESS).of_data[-2:] in ("1b", "1c")
    changed = {"digest": digest, "parity": parity, "r": r, "s": s, "address": ADDRESS}
    changed |= {
        "parity": {"parity": 1 - parity},
        "high s": {"s": ORDER - s, "parity": 1 - parity},
        "digest": {"digest": bytes([digest[0] ^ 1]) + digest[1:]},
        "address": {"address": OTHER},
        "v of 31": {"parity": parity + 4},
    }[change]
    with pytest.raises(SignerError):
        signature_checked(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer", [None, "", "0x", 7, {}, "0x" + "00" * 64, "0x" + "zz" * 65, "00" * 65, "0x" + " 0" * 65]
)
def test_data_signature_checked__no_65_bytes__refused(answer: object) -> None:
    with pytest.raises(SignerError, match="no signature of 65 bytes"):
        data_signature_checked(answer, digest=b"\1" * 32, address=ADDRESS)


@few
@given(SCALARS, SCALARS)
def test_signature_numbers__what_der_says__is_read(r: int, s: int) -> None:
    assert signature_numbers(der_of(r, s)) == (r, s)


@few
@given(SCALARS, SCALARS, st.data())
def test_signature_numbers__any_byte_changed__another_signature_or_refused(r: int, s: int, data: st.DataObject) -> None:
    der = bytearray(der_of(r, s))
    place = data.draw(st.integers(0, len(der) - 1))
    der[place] ^= data.draw(st.integers(1, 255))
    try:
        read = signature_numbers(bytes(der))
    except SignerError:
        return
    assert read != (r, s)
    # What is read has no second spelling.
    assert der_of(*read) == bytes(der)


@few
@given(st.binary(max_size=80))
def test_signature_numbers__any_bytes__read_only_if_they_are_der(der: bytes) -> None:
    try:
        read = signature_numbers(der)
    except SignerError:
        return
    assert der_of(*read) == der


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        bytes.fromhex("3006020100020100") + b"\0",
        bytes.fromhex("300702010102020001"),
        bytes.fromhex("3006020181020101"),
        bytes.fromhex("308106020101020101"),
        bytes.fromhex("3080020101020101"),
        bytes.fromhex("3003020101"),
        bytes.fromhex("30050200020101"),
    ],
)
def test_signature_numbers__second_spellings_and_rests__refused(spoilt: bytes) -> None:
    with pytest.raises(SignerError, match=r"DER|bytes behind it"):
        signature_numbers(spoilt)


def test_public_key_point__as_cryptography_encodes_it__is_read_and_no_other_curve_is() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.derive_private_key(int(KEY, 16), ec.SECP256K1()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert keys.PublicKey(public_key_point(spki)).to_checksum_address() == ADDRESS
    other = ec.derive_private_key(int(KEY, 16), ec.SECP256R1()).public_key()
    for spoilt in (
        other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        spki + b"\0",
        spki[:-1],
        b"",
    ):
        with pytest.raises(SignerError, match="not one of secp256k1"):
            public_key_point(spoilt)
