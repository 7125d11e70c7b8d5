"""Each piece of arithmetic gives what another implementation gives, for arbitrary input."""

import hashlib
import json
import time
from typing import Any

import pytest
import rfc8785
import rlp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_keys import keys
from hypothesis import given, settings
from hypothesis import strategies as st

import receipt as r

words = st.binary(min_size=32, max_size=32)
secrets = st.integers(1, r.ORDER - 1)
trees = st.recursive(st.binary(max_size=80), lambda each: st.lists(each, max_size=5), max_leaves=20)
# What RFC 8785 and the strict reader have in common.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-r.SAFE, r.SAFE) | texts,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(texts, each, max_size=4),
    max_leaves=12,
)
few = settings(max_examples=25, deadline=None)


@few
@given(st.binary(max_size=400))
def test_keccak__any_bytes__is_that_of_eth_hash(data: bytes) -> None:
    assert r.keccak(data) == keccak(data)


@few
@given(st.lists(st.binary(max_size=400), max_size=70))
def test_keccak_many__any_messages__are_those_of_eth_hash(messages: list[bytes]) -> None:
    assert dict(r.keccak_many(messages)) == {each: keccak(each) for each in messages}


@given(trees)
def test_rlp__any_tree__is_that_of_pyrlp_and_comes_back(tree: Any) -> None:
    encoded = r.rlp(tree)
    assert encoded == rlp.encode(tree)
    assert r.rlp_read(encoded) == tree


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=70))
def test_rlp_read__any_bytes__accepts_only_what_it_would_write(data: bytes) -> None:
    try:
        item = r.rlp_read(data)
    except r.Bad:
        return
    assert r.rlp(item) == data


@given(values)
def test_jcs__any_value__is_that_of_rfc8785(value: Any) -> None:
    assert r.jcs(value) == rfc8785.dumps(value)
    assert r.json_read(r.jcs(value)) == value


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_json_read__any_text__agrees_with_json_or_refuses(text: str | bytes) -> None:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = r.json_read(data)
    except r.Unusable:
        return
    assert value == json.loads(data)


@few
@given(words, secrets)
def test_signed__any_digest__is_that_of_eth_keys_and_recovers(digest: bytes, secret: int) -> None:
    key = keys.PrivateKey(r.word(secret))
    theirs = key.sign_msg_hash(digest).to_bytes()
    assert r.signed(digest, secret) == theirs[:64] + bytes([theirs[64] + 27])
    assert (
        r.recovered(digest, r.signed(digest, secret)) == key.public_key.to_canonical_address() == r.address_of(secret)
    )


@few
@given(words, st.binary(min_size=65, max_size=65), st.sampled_from([27, 28]))
def test_recovered__any_signature__is_what_eth_keys_recovers(digest: bytes, raw: bytes, v: int) -> None:
    signature = raw[:64] + bytes([v])
    found = r.recovered(digest, signature)
    if int.from_bytes(raw[32:64], "big") > r.ORDER // 2:
        assert found is None
        return
    try:
        theirs = keys.Signature(raw[:64] + bytes([v - 27])).recover_public_key_from_msg_hash(digest)
    except Exception:
        assert found is None
    else:
        assert found == theirs.to_canonical_address()


@few
@given(st.booleans(), st.integers(0, 15), words, st.binary(min_size=20, max_size=20), st.integers(0, r.FOREVER), words)
def test_promise_digest__any_promise__is_that_of_eth_account(
    is_entry: bool, kind: int, data: bytes, signer: bytes, time: int, complaint_id: bytes
) -> None:
    deployment = r.Deployment(31337, bytes(range(20)), bytes(range(22)), 1, 2, 3)
    message: dict[str, Any] = {
        "genesis": deployment.genesis,
        "complaintId": complaint_id,
        "eventType": kind,
        "data": data,
    }
    if is_entry:
        message |= {"nonce": 5, "head": bytes(22), "actor": signer, "validUntil": time}
        text = r.ENTRY_TYPE
    else:
        message |= {"acceptedAt": time}
        text = r.ACKNOWLEDGEMENT_TYPE
    name, _, members = text[:-1].partition("(")
    fields = [dict(zip(("type", "name"), member.split(" "), strict=True)) for member in members.split(",")]
    domain = {"name": "ComplaintRegistry", "version": "2", "chainId": 31337}
    signable = encode_typed_data(
        domain_data={**domain, "verifyingContract": r.hex0x(deployment.contract)},
        message_types={name: fields},
        message_data=message,
    )
    promise = r.Promise(is_entry, kind, data, signer, time, b"", nonce=5)
    expected = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert r.promise_digest(deployment, complaint_id, promise) == expected


@few
@given(words, st.binary(max_size=100), st.integers(0, 511))
def test_ed25519_holds__any_message__as_cryptography_signs_it(seed: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), bytearray(key.sign(message))
    assert r.ed25519_holds(public, message, bytes(signature))
    assert not r.ed25519_holds(public, message + b".", bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not r.ed25519_holds(public, message, bytes(signature))


def test_ed25519_holds__scalar_plus_the_order__is_refused() -> None:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"key").digest())
    signature = key.sign(b"text")
    larger = int.from_bytes(signature[32:], "little") + r._ED_L
    assert not r.ed25519_holds(
        key.public_key().public_bytes_raw(), b"text", signature[:32] + larger.to_bytes(32, "little")
    )


@pytest.mark.parametrize("is_legacy", [True, False])
def test_transaction__by_either_rule__is_that_of_eth_account(is_legacy: bool) -> None:
    key, chain_id = 0xACE, 560048
    deployment = r.Deployment(chain_id, b"\x07" * 20, bytes(22), 0, 1, 1)
    sender = r.Sender(r.Node("http://127.0.0.1:1"), key, True)
    tip = None if is_legacy else 3
    raw = sender._signed(deployment, b"\x01\x02", nonce=4, gas=90_000, price=77, tip=tip)
    fees = {"gasPrice": 77} if is_legacy else {"maxFeePerGas": 77, "maxPriorityFeePerGas": 3}
    call = {"nonce": 4, "gas": 90_000, "to": "0x" + "07" * 20, "value": 0, "data": "0x0102", "chainId": chain_id}
    assert raw == bytes(Account.sign_transaction({**call, **fees}, r.word(key)).raw_transaction)


@pytest.mark.parametrize("unit", ['\\"', '"', "\\", "[", '{"', '"a\\'])
def test_json_read__hostile_megabytes__are_refused(unit: str) -> None:
    """A reader whose time grows with the square of the length would take days."""
    start = time.process_time()
    with pytest.raises(r.Unusable):
        r.json_read((unit * (2**22 // len(unit))).encode())
    print(f"{unit!r}: {time.process_time() - start:.2f} s for 4 MiB")
