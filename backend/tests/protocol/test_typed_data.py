"""Typed data: the contract accepts what is signed over these digests, and nothing else."""

from typing import Any

import pytest
from eth_abi import encode
from eth_account import Account
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from blockchain.protocol import typed_data
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import EventType
from blockchain.protocol.typed_data import Domain
from tests.anvil import RpcError
from tests.chain_fixtures import RELAY_KEY, Chain
from tests.protocol.links import CONTRACT, addresses, hex_bytes, words

ENTRY = (
    "Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,bytes22 head,"
    "address actor,uint40 validUntil)"
)
OBJECTION = "Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)"
ACKNOWLEDGEMENT = "Acknowledgement(bytes22 genesis,bytes32 complaintId,uint8 eventType,bytes32 data,uint40 acceptedAt)"
domains = st.builds(Domain, chain_id=st.integers(1, 2**32), contract=addresses, genesis=hex_bytes(22))
event_types = st.integers(0, 15)
uint40 = st.integers(0, 2**40 - 1)


def expected(domain: Domain, struct: str, types: list[str], *values: Any) -> bytes:
    """EIP-712 by hand, with `eth_abi`."""
    separator = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak(b"ComplaintRegistry"),
                keccak(b"2"),
                domain.chain_id,
                domain.contract,
            ],
        )
    )
    words_ = encode(["bytes32", "bytes22", *types], [keccak(struct.encode()), unhex(domain.genesis), *values])
    return keccak(b"\x19\x01" + separator + keccak(words_))


@given(domains, words, words, event_types, st.integers(0, 2**24 - 1), hex_bytes(22), addresses, uint40)
def test_entry_typed_data__any_entry__has_the_digest_of_eip_712(
    domain: Domain, complaint_id: str, data: str, event_type: int, nonce: int, head: str, actor: str, valid_until: int
) -> None:
    typed = typed_data.entry_typed_data(
        domain,
        complaint_id=complaint_id,
        data=data,
        event_type=event_type,
        nonce=nonce,
        actor=actor,
        valid_until=valid_until,
        head=head,
    )
    types = ["bytes32", "bytes32", "uint8", "uint24", "bytes22", "address", "uint40"]
    values = unhex(complaint_id), unhex(data), event_type, nonce, unhex(head), actor, valid_until
    assert typed_data.digest(typed) == expected(domain, ENTRY, types, *values)


@given(domains, words, words, st.integers(0, 255))
def test_objection_typed_data__any_objection__has_the_digest_of_eip_712(
    domain: Domain, complaint_id: str, data: str, number: int
) -> None:
    typed = typed_data.objection_typed_data(domain, complaint_id=complaint_id, data=data, number=number)
    values = unhex(complaint_id), unhex(data), number
    assert typed_data.digest(typed) == expected(domain, OBJECTION, ["bytes32", "bytes32", "uint8"], *values)


@given(domains, words, event_types, words, uint40)
def test_acknowledgement_typed_data__any__has_the_digest_of_eip_712(
    domain: Domain, complaint_id: str, event_type: int, data: str, accepted_at: int
) -> None:
    typed = typed_data.acknowledgement_typed_data(
        domain, complaint_id=complaint_id, event_type=event_type, data=data, accepted_at=accepted_at
    )
    types = ["bytes32", "uint8", "bytes32", "uint40"]
    values = unhex(complaint_id), event_type, unhex(data), accepted_at
    assert typed_data.digest(typed) == expected(domain, ACKNOWLEDGEMENT, types, *values)


def test_typed_data__type_hashes__are_the_contracts(chain: Chain) -> None:
    assert chain.registry.call("ENTRY_TYPEHASH") == (keccak(ENTRY.encode()),)
    assert chain.registry.call("OBJECTION_TYPEHASH") == (keccak(OBJECTION.encode()),)


def signed(typed: dict[str, Any], key: str) -> bytes:
    return bytes(Account.unsafe_sign_hash(typed_data.digest(typed), key).signature)


@pytest.mark.parametrize("other", [{}, {"nonce": 1}, {"event_type": 3}, {"data": "0x" + "33" * 32}, {"valid_until": 7}])
def test_entry_typed_data__signature_over_it__is_taken_for_this_entry_only(chain: Chain, other: dict[str, Any]) -> None:
    complaint_id, data, actor = "0x" + "11" * 32, "0x" + "22" * 32, chain.relay_account
    entry = {
        "complaint_id": complaint_id,
        "data": data,
        "event_type": EventType.CREATED,
        "nonce": 0,
        "actor": actor,
        "valid_until": typed_data.FOREVER,
    }
    signature = signed(typed_data.entry_typed_data(chain.registry.deployment.domain, **{**entry, **other}), RELAY_KEY)
    arguments = (unhex(complaint_id), unhex(data), EventType.CREATED, 0), bytes(22), actor, typed_data.FOREVER
    if other:
        with pytest.raises(RpcError):
            chain.write("recordSigned", *arguments, signature, sender=chain.stranger)
    else:
        chain.write("recordSigned", *arguments, signature, sender=chain.stranger)
        assert chain.registry.complaints([complaint_id])[complaint_id].nonce == 1


def test_objection_typed_data__signature_over_it__is_taken(chain: Chain) -> None:
    author = Account.from_key("0x" + "42" * 32)
    subject, data = b"\5" * 32, "0x" + "22" * 32
    complaint_id = keccak(encode(["bytes32", "address"], [subject, author.address]))
    chain.write("logComplaintEvent", complaint_id, EventType.CREATED, bytes(32), 0)
    typed = typed_data.objection_typed_data(
        chain.registry.deployment.domain, complaint_id=hex0x(complaint_id), data=data, number=0
    )
    signature = signed(typed, "0x" + "42" * 32)
    chain.write("logObjection", subject, author.address, unhex(data), 0, signature, sender=chain.stranger)
    state = chain.registry.complaints([hex0x(complaint_id)])[hex0x(complaint_id)]
    assert (state.event_count, state.objections) == (2, 1)


def test_domain__typed_data__names_what_a_wallet_shows() -> None:
    domain = Domain(chain_id=31337, contract=CONTRACT, genesis="0x" + "33" * 22)
    typed = typed_data.objection_typed_data(domain, complaint_id="0x" + "11" * 32, data="0x" + "22" * 32, number=2)
    assert typed["domain"] == {
        "name": "ComplaintRegistry",
        "version": "2",
        "chainId": 31337,
        "verifyingContract": CONTRACT,
    }
    assert typed["primaryType"] == "Objection"
    assert typed["message"]["genesis"] == domain.genesis
