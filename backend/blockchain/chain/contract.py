"""Calls, answers and errors of the ComplaintRegistry, encoded and decoded with its ABI."""

import functools
import re
from collections.abc import Sequence
from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from blockchain.chain.artifact import Deployment, deployment
from blockchain.chain.errors import ChainUnavailable, ContractReverted, NodeError
from blockchain.chain.node import Call, Node
from blockchain.chain.nodes import Nodes, nodes, nodes_of_requests
from blockchain.chain.readable import readable
from blockchain.protocol.clock import ComplaintFold
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import Status
from blockchain.protocol.links import HEAD_BYTES

# Complaints in one call: each reads a slot that is not warm, 2,100 gas, and nodes bound the gas of a call.
COMPLAINTS_PER_CALL = 500
_REVERT_DATA = re.compile(r"0x[0-9a-fA-F]{8}(?:[0-9a-fA-F]{2})*$")
STATUSES = frozenset(map(int, Status))


class Registry:
    """The contract of one deployment, on one node, which may be one of several."""

    def __init__(self, *, deployed: Deployment, on: Node, nodes: Nodes | None = None) -> None:
        self.deployment, self.node = deployed, on
        self.nodes = nodes or Nodes([on])
        self.address = deployed.address
        self._functions = {item["name"]: item for item in deployed.abi if item["type"] == "function"}
        self._errors = {keccak(_signature(item).encode())[:4]: item for item in deployed.abi if item["type"] == "error"}

    def best(self) -> "Registry":
        """The contract on the node that currently answers best: for a new piece of work."""
        return self.moved(self.nodes.best())

    def others(self) -> "list[Registry]":
        """The contract on all other nodes, the best first."""
        return [self.moved(node) for node in self.nodes.others(self.node)]

    def moved(self, node: Node) -> "Registry":
        """The contract on another one of its nodes."""
        return self if node is self.node else Registry(deployed=self.deployment, on=node, nodes=self.nodes)

    def encode(self, name: str, *arguments: Any) -> bytes:
        """The calldata of a call."""
        item = self._functions[name]
        selector = keccak(_signature(item).encode())[:4]
        return selector + encode([_type(entry) for entry in item["inputs"]], arguments)

    def decode(self, name: str, data: bytes) -> tuple[Any, ...]:
        """The values that a call returned. Raises `NodeError` where the node does not have the contract (any more)."""
        if not data:
            raise NodeError(code=0, message=f"the node does not have the contract's state to answer {name}")
        try:
            return decode([_type(entry) for entry in self._functions[name]["outputs"]], data)
        except DecodingError as error:
            raise ChainUnavailable(f"the node's answer to {name} can't be decoded: {error}") from None

    def call(self, name: str, *arguments: Any, block: str | dict[str, str] = "latest") -> tuple[Any, ...]:
        """Calls a view. Raises `ContractReverted`."""
        try:
            data = self.node.call(to=self.address, data="0x" + self.encode(name, *arguments).hex(), block=block)
        except NodeError as error:
            raise self.revert_of(error) from None
        return self.decode(name, data)

    def complaints(
        self, complaint_ids: Sequence[str], *, block: str | dict[str, Any] = "latest"
    ) -> dict[str, ComplaintFold]:
        """The state of each complaint (`0x` hex ids), in one call of the contract per five hundred complaints.

        All states of one call are of one block; give `block` by hash to have all of them of one.
        """
        calls = [
            self.complaints_call(complaint_ids[start : start + COMPLAINTS_PER_CALL], block)
            for start in range(0, len(complaint_ids), COMPLAINTS_PER_CALL)
        ]
        states: list[ComplaintFold] = []
        for answer in self.node.batch_strict(calls):
            states += self.complaints_decode(answer)
        if len(states) != len(complaint_ids):
            raise ChainUnavailable(f"the node returned {len(states)} states for {len(complaint_ids)} complaints")
        return dict(zip(complaint_ids, states, strict=True))

    def complaints_call(self, complaint_ids: Sequence[str], block: str | dict[str, Any]) -> Call:
        """The request for the states of complaints, to be part of a batch."""
        data = self.encode("getComplaints", [unhex(complaint_id) for complaint_id in complaint_ids])
        return "eth_call", [{"to": self.address, "data": "0x" + data.hex()}, block]

    def complaints_decode(self, answer: str) -> list[ComplaintFold]:
        """The states from the answer (`0x` hex) to that request. Raises `ChainUnavailable`."""
        (values,) = self.decode("getComplaints", unhex(answer))
        if any(status not in STATUSES for *_, status, _, _ in values):
            raise ChainUnavailable("the node's answer to getComplaints has an unknown status")
        return [
            ComplaintFold(
                head=head[:HEAD_BYTES],
                event_count=event_count,
                sla_deadline=sla_deadline,
                status=Status(status),
                escalations=escalations,
                objections=objections,
            )
            for head, event_count, sla_deadline, status, escalations, objections in values
        ]

    def revert_of(self, error: NodeError) -> ContractReverted | NodeError:
        """The contract's own error in a node's answer, or the answer itself if it is none of the contract's."""
        data = error.data.get("data") if isinstance(error.data, dict) else error.data
        # Some nodes put a word before it.
        found = _REVERT_DATA.search(data) if isinstance(data, str) else None
        if found is None:
            return error
        data, raw = found[0], unhex(found[0])
        item = self._errors.get(raw[:4])
        if item is None:
            return ContractReverted(name="Unknown", arguments={"data": data[:74]})
        try:
            values = decode([_type(entry) for entry in item["inputs"]], raw[4:])
        except DecodingError:
            return ContractReverted(name=item["name"], arguments={})
        names = [entry["name"] for entry in item["inputs"]]
        plain = ["0x" + value.hex() if isinstance(value, bytes) else value for value in values]
        shown = [readable(entry, value) for entry, value in zip(item["inputs"], values, strict=True)]
        return ContractReverted(
            name=item["name"],
            arguments=dict(zip(names, plain, strict=True)),
            shown=dict(zip(names, shown, strict=True)),
        )


def _type(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        return f"({','.join(_type(component) for component in entry['components'])}){kind[5:]}"
    return kind


def _signature(item: dict[str, Any]) -> str:
    return f"{item['name']}({','.join(_type(entry) for entry in item['inputs'])})"


def registry() -> Registry:
    """The contract that this backend is configured for, on the node that answers best. Raises `ArtifactError`."""
    return _registry_on(nodes())


def registry_of_requests() -> Registry:
    """The same for requests, which are told at once while the node hangs."""
    return _registry_on(nodes_of_requests())


def registry_new(on: Nodes) -> Registry:
    """The same on nodes of the caller's. Raises `ArtifactError`."""
    return Registry(deployed=deployment(), on=on.best(), nodes=on)


@functools.cache
def _registry_first(on: Nodes) -> Registry:
    return registry_new(on)


def _registry_on(on: Nodes) -> Registry:
    return _registry_first(on).best()
