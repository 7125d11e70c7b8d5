"""What wallets sign (EIP-712), held against two other implementations: the node's and eth-account's."""

from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import SignableMessage, _hash_eip191_message, encode_typed_data

from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import (
    DOMAIN_FIELDS,
    DOMAIN_NAME,
    DOMAIN_VERSION,
    EVENT_FIELDS,
    SignedEvent,
    digest,
    domain_separator,
    type_hash,
)
from tests.support.snapshots import assert_matches
from tests.support.spec import MAX_UINT24, MAX_UINT40, ZERO_ADDRESS, EventType

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOT = Path(__file__).parent / "snapshots" / "eip712.json"
FOLDER = "tests/interface"
EXAMPLE_CONTRACT = "0x" + "C0" * 20


def test_eip712__domain_and_type__are_the_committed_ones(registry: Registry) -> None:
    example = SignedEvent(complaint_id(1), EventType.COMMENTED, data_hash(1), 2, "0x" + "AC" * 20, 4_000_000_000)
    on_chain = registry.call("COMPLAINT_EVENT_TYPEHASH")
    assert on_chain == type_hash()
    content = {
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "fields": DOMAIN_FIELDS},
        "type": "ComplaintEvent(" + ",".join(f"{field['type']} {field['name']}" for field in EVENT_FIELDS) + ")",
        "typeHash": "0x" + on_chain.hex(),
        "example": {
            "typedData": example.typed_data(1, EXAMPLE_CONTRACT),
            "domainSeparator": "0x" + domain_separator(1, EXAMPLE_CONTRACT).hex(),
            "digest": "0x" + digest(example, 1, EXAMPLE_CONTRACT).hex(),
        },
    }
    assert_matches(SNAPSHOT, content, FOLDER)


def test_eip712_domain__of_the_contract__is_the_one_signed_for(registry: Registry) -> None:
    fields, *domain, salt, extensions = registry.call("eip712Domain")
    assert fields == b"\x0f"  # name, version, chain id, contract; no salt
    assert domain == [DOMAIN_NAME, DOMAIN_VERSION, registry.node.chain_id, registry.address]
    assert (salt, extensions) == (bytes(32), [])


@pytest.mark.parametrize(
    "event",
    [
        SignedEvent(complaint_id(1), EventType.CREATED, data_hash(1), 1, "0x" + "11" * 20, 0),
        SignedEvent(bytes(32), EventType.REOPENED, bytes(32), 0, ZERO_ADDRESS, 0),
        SignedEvent(b"\xff" * 32, EventType.ESCALATED, b"\xff" * 32, MAX_UINT24, "0x" + "ff" * 20, MAX_UINT40),
    ],
    ids=["usual", "zeros", "greatest"],
)
def test_digest__of_any_event__is_what_eth_account_computes(registry: Registry, event: SignedEvent) -> None:
    typed_data = event.typed_data(registry.node.chain_id, registry.address)
    theirs = encode_typed_data(full_message=typed_data)
    assert theirs.header == domain_separator(registry.node.chain_id, registry.address)
    assert digest(event, registry.node.chain_id, registry.address) == _digest_of(theirs)


def _digest_of(message: SignableMessage) -> bytes:
    return bytes(_hash_eip191_message(message))


def test_signature__by_eth_account__is_accepted(registry: Registry, complaint: bytes, admin: str) -> None:
    account = Account.from_key(b"\x42" * 32)
    registry.send("grantRole", registry.call("RECORDER_ROLE"), account.address, sender=admin)
    event = SignedEvent(complaint, EventType.CREATED, data_hash(1), 1, account.address, MAX_UINT40)
    typed_data = event.typed_data(registry.node.chain_id, registry.address)
    signature = bytes(account.sign_typed_data(full_message=typed_data).signature)
    assert registry.log_signed(event, signature).event.args["actor"] == account.address
