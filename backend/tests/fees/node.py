"""Nodes with a fee market of their own: a proxy in front of anvil that refuses, suggests and bills as they do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from tests.faults.rpc_proxy import RpcProxy

Params = list[Any]


class Refusal(Exception):
    """The node answers with this error."""

    def __init__(self, message: str, code: int = -32000) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class MarketNode(RpcProxy):
    """Answers the methods of `instead` itself, and changes what anvil answers to those of `changed`."""

    instead: dict[str, Callable[[Params], Any]] = field(default_factory=dict)
    changed: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def _forward(self, asked: Any, behind: int) -> bytes:
        answers = [self._one(call, behind) for call in (asked if isinstance(asked, list) else [asked])]
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _one(self, call: dict[str, Any], behind: int) -> dict[str, Any]:
        same = {"jsonrpc": "2.0", "id": call["id"]}
        if own := self.instead.get(call["method"]):
            try:
                answer = own(call["params"])
            except Refusal as refusal:
                return same | {"error": {"code": refusal.code, "message": str(refusal)}}
            if answer is not None:
                return same | {"result": answer}
        found: dict[str, Any] = json.loads(super()._forward(call, behind))
        if (change := self.changed.get(call["method"])) and found.get("result") is not None:
            found["result"] = change(found["result"])
        return found


def not_there(params: Params) -> None:
    """A method that the node does not have."""
    raise Refusal("the method does not exist/is not available", -32601)


def tips(*gwei: float) -> Callable[[Params], dict[str, Any]]:
    """`eth_feeHistory` of blocks whose median transaction paid these tips."""
    rewards = [[hex(round(each * 10**9))] for each in gwei]
    return lambda params: {"oldestBlock": "0x1", "reward": rewards, "gasUsedRatio": [0.5] * len(gwei)}


def wants(least: int, text: str) -> Callable[[Params], None]:
    """`eth_sendRawTransaction` of a node that wants at least this tip, or gas price; `text` names {has} and {least}."""

    def check(params: Params) -> None:
        sent = offer(params[0])
        has = sent.get("maxPriorityFeePerGas", sent.get("gasPrice"))
        if has < least:
            raise Refusal(text.format(has=has, least=least))

    return check


def offer(raw: str) -> dict[str, Any]:
    """The fields of a signed transaction."""
    if HexBytes(raw)[0] >= 0xC0:
        nonce, price, gas, *_ = rlp.decode(HexBytes(raw))
        return {name: int.from_bytes(value) for name, value in (("nonce", nonce), ("gasPrice", price), ("gas", gas))}
    fields: dict[str, Any] = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return fields


def without_base_fee(header: dict[str, Any]) -> dict[str, Any]:
    """The header of a chain with a legacy market."""
    return {name: value for name, value in header.items() if name != "baseFeePerGas"}
