"""Sending one transaction and waiting for it. The hash is known, and reported, before anything is waited for."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception, Web3RPCError
from web3.types import TxParams, TxReceipt, Wei

from tools.deployment.compiled import Abi
from tools.deployment.errors import DeploymentError

if TYPE_CHECKING:
    from ape.api import AccountAPI

# Estimates are exact for these calls; the margin is for a state that changes in between.
GAS_MARGIN_PERCENT = 10
POLL_SECONDS = 0.1


class TransactionFailedError(DeploymentError):
    """It was mined, and reverted. There is nothing to wait for."""


@dataclass(frozen=True, kw_only=True)
class FeeBounds:
    """What a chain is offered, in wei for each unit of gas: a tip between two values, and `most` for all of it."""

    least_tip: int = 0
    most_tip: int | None = None
    most: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A transaction ready to be signed. `gas` in units, `cost` the most that it can cost, in wei."""

    fields: dict[str, Any]
    gas: int
    cost: int


def plan_transaction(
    w3: Web3, *, sender: str, to: str | None, data: bytes, abi: Abi, bounds: FeeBounds | None = None
) -> Plan:
    """Estimates gas and fees of a transaction, and checks that it would succeed and that `sender` can pay for it.

    `abi` has the contract's errors. Raises `DeploymentError`.
    """
    call = _call(sender=sender, to=to, data=data)
    try:
        estimate = w3.eth.estimate_gas(call)
    except (ContractLogicError, Web3RPCError) as error:
        raise _refused(error, abi=abi) from None
    gas = estimate + estimate * GAS_MARGIN_PERCENT // 100
    fees = _fees(w3, bounds or FeeBounds())
    cost = gas * fees.get("max_fee", fees.get("gas_price", 0))
    balance = w3.eth.get_balance(Web3.to_checksum_address(sender))
    if balance < cost:
        have, need = (f"{Web3.from_wei(Wei(amount), 'ether'):.6f}" for amount in (balance, cost))
        raise DeploymentError(f"{sender} has {have} ether, and this transaction may need {need}")
    fields: dict[str, Any] = {
        "chainId": w3.eth.chain_id,
        "nonce": w3.eth.get_transaction_count(Web3.to_checksum_address(sender), "pending"),
        "data": data,
        "gas": gas,
        "value": 0,
        **fees,
    }
    if to is not None:
        fields["receiver"] = to
    return Plan(fields=fields, gas=gas, cost=cost)


def require_success(w3: Web3, *, sender: str, to: str | None, data: bytes, abi: Abi) -> None:
    """Raises `DeploymentError` if this call by `sender`, whoever has its key, would fail now."""
    try:
        w3.eth.call(_call(sender=sender, to=to, data=data))
    except (ContractLogicError, Web3RPCError) as error:
        raise _refused(error, abi=abi) from None


def sign(account: "AccountAPI", plan: Plan) -> HexBytes:
    """The signed transaction, ready to be sent; its hash is its Keccak-256. Raises `DeploymentError`."""
    from ape import networks
    from ape.logging import LogLevel, logger

    transaction = networks.provider.network.ecosystem.create_transaction(**plan.fields)
    with logger.at_level(LogLevel.ERROR):  # Ape warns of a keystore that stays open: it was opened for this.
        signed = account.sign_transaction(transaction)
    if signed is None:
        raise DeploymentError("the account did not sign")
    return HexBytes(signed.serialize_transaction())


def send(w3: Web3, account: "AccountAPI", plan: Plan) -> HexBytes:
    """Signs and sends. Returns the hash; raises `DeploymentError` if the node refuses."""
    try:
        return w3.eth.send_raw_transaction(sign(account, plan))
    except Web3RPCError as error:
        raise DeploymentError(f"the node refused the transaction: {rpc_message(error)}") from None


def wait(w3: Web3, tx_hash: HexBytes, *, timeout: float, confirmations: int) -> TxReceipt:
    """The receipt, once `confirmations` blocks lie on top of its block. `timeout` in seconds, for all of it.

    Raises `TransactionFailedError`, or `DeploymentError` when time is over.
    """
    until = time.monotonic() + timeout
    shown = Web3.to_hex(tx_hash)
    while True:
        try:
            remaining = max(until - time.monotonic(), POLL_SECONDS)
            receipt = w3.eth.wait_for_transaction_receipt(tx_hash, timeout=remaining, poll_latency=POLL_SECONDS)
        except TimeExhausted:
            raise DeploymentError(
                f"{shown} was sent, and is not mined after {timeout:.0f} s; it still may be"
            ) from None
        if w3.eth.block_number >= receipt["blockNumber"] + confirmations:
            break
        if time.monotonic() > until:
            block = receipt["blockNumber"]
            raise DeploymentError(f"{shown} is in block {block}, not {confirmations} blocks deep after {timeout:.0f} s")
        time.sleep(1)
    if receipt["status"] != 1:
        raise TransactionFailedError(f"{shown} was mined in block {receipt['blockNumber']} and failed")
    return receipt


def error_name(revert: str, *, abi: Abi) -> str:
    """The contract's error that `revert` (hex) starts with, or `revert` itself."""
    for entry in abi:
        if entry["type"] == "error":
            signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
            if revert.startswith("0x" + keccak(text=signature)[:4].hex()):
                return str(entry["name"])
    return revert


def rpc_message(error: Exception) -> str:
    """What the node said, in one line and without the JSON around it."""
    response = getattr(error, "rpc_response", None) or {}
    detail = response.get("error", {})
    message = detail.get("message") if isinstance(detail, dict) else detail
    return " ".join(str(message or error).split())


def _call(*, sender: str, to: str | None, data: bytes) -> TxParams:
    call: TxParams = {"from": Web3.to_checksum_address(sender), "data": HexBytes(data)}
    if to is not None:
        call["to"] = Web3.to_checksum_address(to)
    return call


def _refused(error: Web3Exception, *, abi: Abi) -> DeploymentError:
    if isinstance(error, ContractLogicError):
        reason = error_name(str(error.data), abi=abi) if error.data else str(error)
        return DeploymentError(f"the contract would refuse this transaction: {reason}")
    return DeploymentError(f"the node would refuse this transaction: {rpc_message(error)}")


def _fees(w3: Web3, bounds: FeeBounds) -> dict[str, int]:
    base = w3.eth.get_block("latest").get("baseFeePerGas")
    if base is None:
        price = w3.eth.gas_price
        _require_at_most(price, bounds)
        return {"gas_price": price}
    tip = max(_tip_advised(w3), bounds.least_tip)
    if bounds.most_tip is not None:
        tip = min(tip, bounds.most_tip)
    _require_at_most(base + tip, bounds)
    wanted = 2 * base + tip
    return {"max_fee": wanted if bounds.most is None else min(wanted, bounds.most), "max_priority_fee": tip}


def _tip_advised(w3: Web3) -> int:
    """What the node advises, in wei per gas; 0 from one that advises nothing."""
    try:
        return w3.eth.max_priority_fee
    except (Web3Exception, ValueError, KeyError, TypeError, IndexError):
        return 0


def _require_at_most(price: int, bounds: FeeBounds) -> None:
    if bounds.most is not None and price > bounds.most:
        asked, most = (Web3.from_wei(Wei(amount), "gwei") for amount in (price, bounds.most))
        raise DeploymentError(
            f"the chain asks for {asked:f} gwei, and max_fee_gwei in the parameter file is {most:f}; nothing was sent"
        )
