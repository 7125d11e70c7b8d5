"""Contract accounts: what they call, and accounts that delegate to their code (EIP-7702)."""

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import to_checksum_address

from tests.support.contract import Contract, Sent
from tests.support.node import GAS_LIMIT, Node
from tests.support.registry import Registry

MNEMONIC = "test test test test test test test test test test test junk"


def through(wallet: Contract, registry: Registry, data: bytes, *, sender: str, at: int | None = None) -> Sent:
    """The wallet calls the registry, told so by `sender`. Raises `Reverted` with the registry's error."""
    __tracebackhide__ = True
    call = wallet.codec.call("execute", registry.address, data)
    receipt = registry.node.send(sender, wallet.address, call, at=at)
    if not receipt.succeeded:
        raise registry.codec.revert(registry.node.output(receipt.transaction_hash))
    return Sent(receipt, tuple(registry.codec.event(log) for log in receipt.logs))


def key_of(address: str, accounts: int = 16) -> LocalAccount:
    """The key of one of the node's development accounts."""
    Account.enable_unaudited_hdwallet_features()
    for number in range(accounts):
        account = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{number}")
        if account.address == to_checksum_address(address):
            return account
    raise LookupError(address)


def delegate(node: Node, address: str, code: str, *, sender: str) -> None:
    """`address` delegates to the contract at `code` (zero: to none) by a type 4 transaction that `sender` sends."""
    authority = key_of(address)
    nonce = int(node.rpc("eth_getTransactionCount", address, "latest"), 16)
    signed = authority.sign_authorization({"chainId": node.chain_id, "address": code, "nonce": nonce})
    authorization: dict[str, Any] = {
        "chainId": hex(node.chain_id),
        "address": code,
        "nonce": hex(nonce),
        "yParity": hex(signed.y_parity),
        "r": hex(signed.r),
        "s": hex(signed.s),
    }
    request = {"from": sender, "to": sender, "gas": hex(GAS_LIMIT), "authorizationList": [authorization]}
    receipt = node.rpc("eth_sendTransactionSync", request)
    assert (receipt["type"], receipt["status"]) == ("0x4", "0x1")
    expected = b"" if int(code, 16) == 0 else bytes.fromhex("ef0100" + code[2:])
    assert node.code(address) == expected
