"""The bytes of transactions: those of eth_account, and nothing but what was asked for."""

from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_keys import keys
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from blockchain.chain.signers.envelope import EIP155, envelope_of, raw_checked
from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.signature import ORDER, Signature
from tests.chain.signers.key_server import raw_of
from tests.chain.signers.samples import ADDRESS, CHAIN_ID, KEY, OTHER, OTHER_KEY, transactions

few = hypothesis_settings(max_examples=50, deadline=None)
UINT64, UINT256 = st.integers(0, 2**64 - 1), st.integers(0, 2**128)
COMMON = {
    "chainId": st.integers(1, 2**40),
    "nonce": UINT64,
    "to": st.sampled_from([ADDRESS, OTHER, "0x" + "00" * 19 + "01"]),
    "value": UINT256,
    "gas": st.integers(21_000, 2**24),
    "data": st.binary(max_size=100).map(lambda data: "0x" + data.hex()),
}
TYPE_2 = st.fixed_dictionaries({**COMMON, "type": st.just(2), "maxFeePerGas": UINT256, "maxPriorityFeePerGas": UINT256})
LEGACY = st.fixed_dictionaries({**COMMON, "gasPrice": UINT256})
ANY = st.one_of(TYPE_2, LEGACY)


@few
@given(ANY)
def test_envelope__any_transaction__bytes_of_eth_account(transaction: dict[str, Any]) -> None:
    expected = Account.from_key(KEY).sign_transaction(transaction)
    envelope = envelope_of(transaction)
    signed = keys.PrivateKey(bytes.fromhex(KEY[2:])).sign_msg_hash(envelope.digest)
    parity, r, s = signed.vrs
    assert envelope.signed(Signature(parity=parity, r=r, s=s)) == bytes(expected.raw_transaction)
    raw, tx_hash = raw_checked(raw_of(transaction, KEY), transaction=transaction, address=ADDRESS)
    assert (raw, tx_hash) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())


@few
@given(ANY, st.data())
def test_raw_checked__signer_changed_any_field__refused(transaction: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(transaction.keys() - {"type"})))
    strategy = {**COMMON, **dict.fromkeys(("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"), UINT256)}[name]
    other = data.draw(strategy.filter(lambda value: value != transaction[name]))
    # Signed by the right key, and correct in itself.
    answer = raw_of(transaction | {name: other}, KEY)
    with pytest.raises(SignerError, match=r"another transaction|another chain"):
        raw_checked(answer, transaction=transaction, address=ADDRESS)


@pytest.mark.parametrize("kind", transactions())
def test_raw_checked__another_key__refused(kind: str) -> None:
    transaction = transactions()[kind]
    with pytest.raises(SignerError, match=f"not by the key of {ADDRESS}"):
        raw_checked(raw_of(transaction, OTHER_KEY), transaction=transaction, address=ADDRESS)


@pytest.mark.parametrize("kind", transactions())
def test_raw_checked__s_in_the_upper_half__refused(kind: str) -> None:
    transaction = transactions()[kind]
    envelope = envelope_of(transaction)
    parity, r, s = keys.PrivateKey(bytes.fromhex(KEY[2:])).sign_msg_hash(envelope.digest).vrs
    high = envelope.signed(Signature(parity=1 - parity, r=r, s=ORDER - s))
    with pytest.raises(SignerError, match="not canonical"):
        raw_checked("0x" + high.hex(), transaction=transaction, address=ADDRESS)


def test_raw_checked__legacy_without_replay_protection__refused() -> None:
    transaction = transactions()["legacy"]
    unprotected = {name: value for name, value in transaction.items() if name != "chainId"}
    with pytest.raises(SignerError, match="another chain"):
        raw_checked(raw_of(unprotected, KEY), transaction=transaction, address=ADDRESS)


def test_raw_checked__access_list_that_nobody_asked_for__refused() -> None:
    transaction = transactions()["type 2"]
    answer = raw_of(transaction | {"accessList": [{"address": OTHER, "storageKeys": []}]}, KEY)
    with pytest.raises(SignerError, match="another transaction"):
        raw_checked(answer, transaction=transaction, address=ADDRESS)


@pytest.mark.parametrize(("asked", "returned"), [("type 2", "legacy"), ("legacy", "type 2")])
def test_raw_checked__another_kind__refused(asked: str, returned: str) -> None:
    with pytest.raises(SignerError):
        raw_checked(raw_of(transactions()[returned], KEY), transaction=transactions()[asked], address=ADDRESS)


NESTED = "0x02" + "f9ffff" * 2_000
ODD = [
    None,
    7,
    {},
    [],
    "",
    "0x",
    "0x02",
    "0x02c0",
    "0xc0",
    "no hex",
    "0xzz",
    NESTED,
    "0x02" + rlp.encode([b"1"] * 12).hex(),
]


@pytest.mark.parametrize("answer", ODD)
@pytest.mark.parametrize("kind", ["type 2", "legacy"])
def test_raw_checked__no_transaction__refused(kind: str, answer: object) -> None:
    with pytest.raises(SignerError):
        raw_checked(answer, transaction=transactions()[kind], address=ADDRESS)


@few
@given(st.data())
def test_raw_checked__any_byte_changed_added_or_removed__refused(data: st.DataObject) -> None:
    transaction = transactions()[data.draw(st.sampled_from(["type 2", "legacy"]))]
    raw = bytearray.fromhex(raw_of(transaction, KEY)[2:])
    place = data.draw(st.integers(0, len(raw) - 1))
    how = data.draw(st.sampled_from(["change", "add", "remove"]))
    if how == "change":
        raw[place] ^= data.draw(st.integers(1, 255))
    elif how == "add":
        raw.insert(place, raw[place] ^ 1)
    else:
        del raw[place]
    with pytest.raises(SignerError):
        raw_checked("0x" + raw.hex(), transaction=transaction, address=ADDRESS)


def test_legacy_v__is_that_of_eip_155() -> None:
    fields = rlp.decode(bytes.fromhex(raw_of(transactions()["legacy"], KEY)[2:]))
    assert int.from_bytes(fields[6]) in (EIP155 + 2 * CHAIN_ID, EIP155 + 2 * CHAIN_ID + 1)
