"""What wallets sign (EIP-712), held against two other implementations: the node's and eth-account's."""

from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import SignableMessage, _hash_eip191_message, encode_typed_data

from tests.support.entries import Entry, Objection, SignedEntry, bound_id, complaint_id, data_hash, subject
from tests.support.registry import Registry
from tests.support.signing import (
    DOMAIN_FIELDS,
    DOMAIN_NAME,
    DOMAIN_VERSION,
    Signable,
    digest,
    domain_separator,
    type_hash,
    type_string,
    typed_data,
)
from tests.support.snapshots import assert_matches
from tests.support.spec import MAX_UINT8, MAX_UINT24, MAX_UINT40, ZERO_ADDRESS, EventType

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOT = Path(__file__).parent / "snapshots" / "eip712.json"
FOLDER = "tests/interface"
EXAMPLE_CONTRACT = "0x" + "C0" * 20
EXAMPLE_GENESIS = b"\x6e" * 22

SOMEBODY = "0x" + "AC" * 20
EXAMPLES: dict[str, Signable] = {
    "Entry": SignedEntry(
        Entry(complaint_id(1), EventType.COMMENTED, data_hash(1), 2), SOMEBODY, 4_000_000_000, b"\x8e" * 22
    ),
    "Objection": Objection(subject(1), SOMEBODY, data_hash(1), 2),
}
EXTREMES: dict[str, Signable] = {
    "entry_of_zeros": SignedEntry(Entry(bytes(32), EventType.CREATED, bytes(32), 0), ZERO_ADDRESS, 0),
    "entry_of_ones": SignedEntry(
        Entry(b"\xff" * 32, EventType.NOTED, b"\xff" * 32, MAX_UINT24), "0x" + "ff" * 20, MAX_UINT40, b"\xff" * 22
    ),
    "objection_of_zeros": Objection(bytes(32), ZERO_ADDRESS, bytes(32), 0),
    "objection_of_ones": Objection(b"\xff" * 32, "0x" + "ff" * 20, b"\xff" * 32, MAX_UINT8),
}


def test_eip712__domain_and_types__are_the_committed_ones(registry: Registry) -> None:
    content: dict[str, object] = {
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "fields": DOMAIN_FIELDS},
        "domainSeparator": "0x" + domain_separator(1, EXAMPLE_CONTRACT).hex(),
    }
    for name, example in EXAMPLES.items():
        on_chain = registry.call(f"{name.upper()}_TYPEHASH")
        assert on_chain == type_hash(name)
        content[name] = {
            "type": type_string(name),
            "typeHash": "0x" + on_chain.hex(),
            "example": {
                "typedData": typed_data(example, EXAMPLE_GENESIS, 1, EXAMPLE_CONTRACT),
                "digest": "0x" + digest(example, EXAMPLE_GENESIS, 1, EXAMPLE_CONTRACT).hex(),
            },
        }
    assert_matches(SNAPSHOT, content, FOLDER)


def test_eip712_domain__of_the_contract__is_the_one_signed_for(registry: Registry) -> None:
    fields, *domain, salt, extensions = registry.call("eip712Domain")
    assert fields == b"\x0f"  # name, version, chain id, contract; no salt
    assert domain == [DOMAIN_NAME, DOMAIN_VERSION, registry.node.chain_id, registry.address]
    assert (salt, extensions) == (bytes(32), [])


@pytest.mark.parametrize("content", [*EXAMPLES.values(), *EXTREMES.values()], ids=[*EXAMPLES, *EXTREMES])
def test_digest__of_anything_signed__is_what_eth_account_computes(registry: Registry, content: Signable) -> None:
    theirs = encode_typed_data(full_message=registry.typed_data(content))
    assert theirs.header == domain_separator(registry.node.chain_id, registry.address)
    assert registry.digest(content) == _digest_of(theirs)


def _digest_of(message: SignableMessage) -> bytes:
    return bytes(_hash_eip191_message(message))


def test_signature_of_an_entry__by_eth_account__is_accepted(registry: Registry, complaint: bytes) -> None:
    account = Account.from_key(b"\x42" * 32)
    registry.grant("INTAKE_ROLE", account.address)
    signed = registry.signed(registry.entry(complaint, EventType.CREATED), actor=account.address)
    signature = bytes(account.sign_typed_data(full_message=registry.typed_data(signed)).signature)
    assert registry.record_signed(signed, signature).event.args["actor"] == account.address


def test_signature_of_an_objection__by_eth_account__is_accepted(registry: Registry) -> None:
    account = Account.from_key(b"\x43" * 32)
    registry.create(bound_id(subject(1), account.address))
    objection = registry.objection(1, complainant=account.address)
    signature = bytes(account.sign_typed_data(full_message=registry.typed_data(objection)).signature)
    assert registry.object(objection, signature).event.args["actor"] == account.address
