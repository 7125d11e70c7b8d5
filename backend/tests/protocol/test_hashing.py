"""Commitments: one formula for payloads, one for ids. The oracles are `eth_abi` and RFC 8785's own examples."""

import json
from typing import Any

import pytest
import rfc8785
from eth_abi import encode
from eth_hash.auto import keccak as oracle
from hypothesis import given
from hypothesis import strategies as st

from blockchain.protocol import hashing
from blockchain.protocol.keccak import keccak

salts = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20)
SALT = bytes(range(32))
# RFC 8785, 3.2.3: members sorted by their UTF-16 code units.
RFC_SORTED = (
    {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One"},
    '{"\\r":"Carriage Return","1":"One","\u20ac":"Euro Sign","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
)


@given(st.binary(max_size=500))
def test_keccak__any_bytes__is_keccak_256(data: bytes) -> None:
    assert keccak(data) == oracle(data)


def test_keccak__nothing__is_the_known_value() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_data_hash__members_in_any_order__is_over_the_canonical_form() -> None:
    payload, canonical = RFC_SORTED
    expected = oracle(SALT + canonical.encode())
    assert hashing.data_hash(salt=SALT, payload=payload) == expected
    assert hashing.data_hash(salt=SALT, payload=dict(reversed(payload.items()))) == expected


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(salts, st.dictionaries(texts, values, max_size=4))
def test_data_hash__what_json_brings_back__has_the_same_hash(salt: bytes, payload: dict[str, Any]) -> None:
    again = json.loads(json.dumps(payload))
    assert hashing.data_hash(salt=salt, payload=again) == hashing.data_hash(salt=salt, payload=payload)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), "\ud800"], ids=["large", "small", "nan", "surrogate"])
def test_data_hash__what_implementations_read_differently__is_refused(value: Any) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
        hashing.data_hash(salt=SALT, payload={"value": value})


@given(salts, texts, salts)
def test_subject_of__any_filing__is_that_of_the_abi_encoding(salt: bytes, tracking_id: str, data: bytes) -> None:
    expected = oracle(encode(["bytes32", "bytes32"], [oracle(salt + tracking_id.encode()), data]))
    assert hashing.subject_of(salt=salt, tracking_id=tracking_id, created_data=data) == expected


@given(salts, addresses)
def test_complaint_id_of__any_author__is_that_of_the_abi_encoding(subject: bytes, complainant: bytes) -> None:
    expected = oracle(encode(["bytes32", "address"], [subject, "0x" + complainant.hex()]))
    assert hashing.complaint_id_of(subject=subject, complainant=complainant) == expected


def test_complaint_id_of__no_author__is_that_of_the_zero_address() -> None:
    assert hashing.complaint_id_of(subject=SALT) == hashing.complaint_id_of(subject=SALT, complainant=bytes(20))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_hashing__salt_of_another_length__is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="salt must be 32 bytes"):
        hashing.data_hash(salt=bytes(length), payload={})
    with pytest.raises(ValueError, match="salt must be 32 bytes"):
        hashing.subject_of(salt=bytes(length), tracking_id="T", created_data=SALT)
    with pytest.raises(ValueError, match="created_data must be 32 bytes"):
        hashing.subject_of(salt=SALT, tracking_id="T", created_data=bytes(length))


def test_complaint_id_of__no_address__is_refused() -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        hashing.complaint_id_of(subject=SALT, complainant=SALT)


@given(st.binary(max_size=40))
def test_unhex__what_hex0x_made__is_the_same(value: bytes) -> None:
    assert hashing.unhex(hashing.hex0x(value)) == value


@given(st.integers(0, 2**256 - 1))
def test_word__any_number__is_that_of_the_abi_encoding(number: int) -> None:
    assert hashing.word(number) == "0x" + encode(["uint256"], [number]).hex()


def test_salt_new__twice__differs() -> None:
    assert len(hashing.salt_new()) == 32
    assert hashing.salt_new() != hashing.salt_new()
