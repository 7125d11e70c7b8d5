"""A deployed contract as the tests see it: what reverts raises, what succeeds has decoded events."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils import to_checksum_address

from tests.support.codec import AbiItem, Codec, Event, Reverted
from tests.support.node import GAS_LIMIT, Node, Receipt


@dataclass(frozen=True)
class Sent:
    """A transaction that succeeded."""

    receipt: Receipt
    events: tuple[Event, ...]

    @property
    def gas_used(self) -> int:
        return self.receipt.gas_used

    @property
    def timestamp(self) -> int:
        """Its block's time, seconds."""
        return self.receipt.timestamp

    @property
    def event(self) -> Event:
        """Its only event."""
        (event,) = self.events
        return event

    @property
    def links(self) -> tuple[Event, ...]:
        """Of its events, those that tell of a link."""
        return tuple(event for event in self.events if event.name == "LinkAppended")

    @property
    def skipped(self) -> tuple[Event, ...]:
        """Of its events, those that tell of an entry left out."""
        return tuple(event for event in self.events if event.name == "EntrySkipped")


class Contract:
    """An address with an ABI."""

    def __init__(self, node: Node, address: str, abi: list[AbiItem]) -> None:
        self.node = node
        self.address = to_checksum_address(address)
        self.codec = Codec(abi)

    def send(
        self,
        function: str,
        *args: Any,
        sender: str,
        value: int = 0,
        at: int | None = None,
        gas: int = GAS_LIMIT,
    ) -> Sent:
        """Mines a transaction. Raises `Reverted`. `value` in wei, `at` the block's time in seconds."""
        return self.send_data(self.codec.call(function, *args), sender=sender, value=value, at=at, gas=gas)

    def send_data(
        self, data: bytes, *, sender: str, value: int = 0, at: int | None = None, gas: int = GAS_LIMIT
    ) -> Sent:
        """As `send`, with raw calldata."""
        __tracebackhide__ = True
        receipt = self.node.send(sender, self.address, data, value=value, gas=gas, at=at)
        if not receipt.succeeded:
            raise self.codec.revert(self.node.output(receipt.transaction_hash))
        return Sent(receipt, tuple(self.codec.event(log) for log in receipt.logs))

    def selector(self, error: str) -> bytes:
        """Of one of its errors, by name."""
        return next(key for key, item in self.codec.errors.items() if item["name"] == error)

    def call(self, function: str, *args: Any, sender: str | None = None, at: int | None = None) -> Any:
        """The result of an `eth_call`. Raises `Reverted`."""
        data = self.codec.call(function, *args)
        succeeded, output = self.node.call(self.address, data, sender=sender, at=at)
        if not succeeded:
            raise self.codec.revert(output)
        return self.codec.result(function, output)


def deploy(node: Node, deployer: str, abi: list[AbiItem], bytecode: bytes, *args: Any) -> Contract:
    """Deploys. Raises `Reverted` if the constructor does."""
    codec = Codec(abi)
    receipt = node.send(deployer, None, bytecode + codec.constructor(*args))
    if not receipt.succeeded:
        raise codec.revert(node.output(receipt.transaction_hash))
    assert receipt.contract_address is not None
    return Contract(node, receipt.contract_address, abi)


@contextmanager
def reverts(error: str, **arguments: Any) -> Iterator[None]:
    """The block reverts with exactly this error and exactly these arguments."""
    __tracebackhide__ = True
    with pytest.raises(Reverted) as caught:
        yield
    assert (caught.value.name, caught.value.arguments) == (error, arguments)
