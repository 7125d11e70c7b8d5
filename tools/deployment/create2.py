"""Deploying to an address that depends on nothing but code, arguments and salt, so that it is the same on every chain.

The contract is made by the deterministic deployment proxy of github.com/Arachnid/deterministic-deployment-proxy, whose
own address is the same on every chain, because a transaction deployed it whose signature nobody has the key of.
"""

from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.types import FilterParams, LogReceipt, TxReceipt

from tools.deployment.errors import DeploymentError
from tools.deployment.registry import ADMIN_ROLE, GRANTED, ROLES, newest_log

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
PROXY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe036"
    "01600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)
# Who sends the transaction that deploys the proxy, what that costs (100,000 gas at 100 gwei), and the transaction.
PROXY_SENDER, PROXY_ETHER = "0x3fAB184622Dc19b6109349B94811493BF2a45362", "0.01"
PROXY_TRANSACTION = (
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    + PROXY_CODE.hex()
    + "1ba0"
    + "22" * 32
    + "a0"
    + "22" * 32
)
SALT_BYTES = 32


def parse_salt(text: str) -> bytes:
    """A whole number below 2^256, decimal or 0x hex, as 32 bytes. Raises `ValueError`."""
    try:
        return int(text, 16 if text.startswith("0x") else 10).to_bytes(SALT_BYTES, "big")
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a whole number below 2^256, decimal or 0x hex") from None


def create2_address(*, salt: bytes, init_code: bytes) -> str:
    """Where the proxy deploys `init_code` with `salt` (EIP-1014), checksummed."""
    digest = keccak(b"\xff" + bytes.fromhex(PROXY[2:]) + salt + keccak(init_code))
    return Web3.to_checksum_address(digest[-20:])


def require_proxy(w3: Web3) -> None:
    """Raises `DeploymentError` if this chain has no proxy, saying how to deploy it, or if another contract is there."""
    code = bytes(w3.eth.get_code(Web3.to_checksum_address(PROXY)))
    if code == PROXY_CODE:
        return
    if code:
        raise DeploymentError(f"{PROXY} holds another contract on this chain; deploy without --create2")
    raise DeploymentError(
        f"this chain has no deterministic deployment proxy at {PROXY}. Anyone can deploy it: send {PROXY_ETHER} ether "
        f"to {PROXY_SENDER}, then run `cast publish {PROXY_TRANSACTION}`. If the chain refuses transactions without a "
        f"chain id (EIP-155), deploy without --create2"
    )


def find_deployment(w3: Web3, *, address: str, admin: str) -> HexBytes:
    """The transaction that made the registry at `address`, whoever sent it.

    Raises `DeploymentError` if the node's logs do not show it.
    """
    log = newest_log(w3, _filter(address=address, admin=admin))
    if log is None:
        raise DeploymentError(
            f"{address} has code, but the node shows no log of its deployment; run the same command again, or use "
            f"another node"
        )
    return HexBytes(log["transactionHash"])


def deploys(receipt: TxReceipt, *, address: str, admin: str) -> bool:
    """Whether the proxy made the registry at `address` in this transaction."""
    return any(_is_deployment(log, address=address, admin=admin) for log in receipt["logs"])


def _filter(*, address: str, admin: str) -> FilterParams:
    """Of the one log in which the constructor grants the admin role. Only there is the proxy the granting account."""
    return {"address": Web3.to_checksum_address(address), "topics": [HexBytes(topic) for topic in _topics(admin)]}


def _is_deployment(log: LogReceipt, *, address: str, admin: str) -> bool:
    return log["address"].lower() == address.lower() and [bytes(topic) for topic in log["topics"]] == _topics(admin)


def _topics(admin: str) -> list[bytes]:
    return [GRANTED, ROLES[ADMIN_ROLE], _word(admin), _word(PROXY)]


def _word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")
