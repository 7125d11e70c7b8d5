"""Transactions and typed data as the system makes them, and one key."""

from typing import Any

from eth_account import Account

from blockchain.protocol.typed_data import FOREVER, Domain, acknowledgement_typed_data, entry_typed_data

KEY = "0x" + "5ec4e7" * 10 + "abcd"
OTHER_KEY = "0x" + "42" * 32
ADDRESS, OTHER = Account.from_key(KEY).address, Account.from_key(OTHER_KEY).address
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
CHAIN_ID = 31337
COMPLAINT = "0x" + "07" * 32

COMMON: dict[str, Any] = {
    "chainId": CHAIN_ID,
    "nonce": 128,
    "to": CONTRACT,
    "value": 0,
    "gas": 300_000,
}
FEES = {"type": 2, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 1}
DOMAIN = Domain(chain_id=CHAIN_ID, contract=CONTRACT, genesis="0x" + "0a" * 22)
PROMISE = entry_typed_data(
    DOMAIN, complaint_id=COMPLAINT, data="0x" + "08" * 32, event_type=0, nonce=0, actor=ADDRESS, valid_until=FOREVER
)
ACKNOWLEDGEMENT = acknowledgement_typed_data(
    DOMAIN, complaint_id=COMPLAINT, event_type=7, data="0x" + "09" * 32, accepted_at=1_764_000_000
)


def transactions(data: str = "0x") -> dict[str, dict[str, Any]]:
    """The kinds of transactions that the relay makes, by name."""
    return {
        "type 2": COMMON | FEES | {"data": data},
        "legacy": COMMON | {"gasPrice": 10**9, "data": data},
        "first of an account, to itself": COMMON | FEES | {"data": "0x", "nonce": 0, "to": ADDRESS, "gas": 21_000},
    }
