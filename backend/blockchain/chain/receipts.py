"""Receipts that name the price of their gas, or the base fee from which it follows."""

from collections.abc import Iterable
from typing import Any

from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node
from blockchain.chain.paid import BASE_FEE, has_price


def priced(node: Node, receipts: Iterable[dict[str, Any]]) -> None:
    """Adds the base fee of their blocks to those receipts that name no price. Raises `ChainUnavailable`."""
    without = [receipt for receipt in receipts if not has_price(receipt)]
    numbers = sorted({receipt["blockNumber"] for receipt in without})
    answers = node.batch([("eth_getBlockByNumber", [number, False]) for number in numbers])
    headers = dict(zip(numbers, answers, strict=True))
    for receipt in without:
        header = headers[receipt["blockNumber"]]
        if header is None or isinstance(header, NodeError) or header["hash"] != receipt["blockHash"]:
            raise ChainUnavailable("the node has no header of the block with our transaction")
        receipt[BASE_FEE] = int(header.get("baseFeePerGas", "0x0"), 16)
