"""Calls, answers and errors of the ComplaintRegistry, encoded and decoded with its ABI."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from blockchain.chain.artifact import Deployment, deployment
from blockchain.chain.errors import ChainError, ContractReverted, NodeError
from blockchain.chain.node import Call, Node, node
from blockchain.commitments.links import HEAD_BYTES
from blockchain.enums import ComplaintStatus


@dataclass(frozen=True, kw_only=True)
class ComplaintState:
    """`getComplaint`: one complaint as the contract has it."""

    head: bytes  # 22 bytes
    event_count: int
    # OPEN: deadline, Unix seconds, 0 for none. Else: seconds left on the stopped clock.
    sla_deadline: int
    status: ComplaintStatus
    escalation_level: int

    def is_due(self, at: int) -> bool:
        """Whether a breach is to be recorded at the time `at`, Unix seconds."""
        return self.status == ComplaintStatus.OPEN and self.sla_deadline != 0 and at > self.sla_deadline


class Registry:
    """The contract of one deployment, on one node."""

    def __init__(self, *, deployed: Deployment, on: Node) -> None:
        self.deployment, self.node = deployed, on
        self.address = deployed.address
        self._functions = {item["name"]: item for item in deployed.abi if item["type"] == "function"}
        self._errors = {keccak(_signature(item).encode())[:4]: item for item in deployed.abi if item["type"] == "error"}

    def encode(self, name: str, *arguments: Any) -> bytes:
        """The calldata of a call."""
        item = self._functions[name]
        selector = keccak(_signature(item).encode())[:4]
        return selector + encode([_type(entry) for entry in item["inputs"]], arguments)

    def decode(self, name: str, data: bytes) -> tuple[Any, ...]:
        """The values that a call returned. Raises `NodeError` where the node does not have the contract (any more)."""
        if not data:
            raise NodeError(code=0, message=f"the node has no state of the contract to answer {name} from")
        try:
            return decode([_type(entry) for entry in self._functions[name]["outputs"]], data)
        except DecodingError as error:
            raise ChainError(f"the node's answer to {name} can't be decoded: {error}") from None

    def call(self, name: str, *arguments: Any, block: str | dict[str, str] = "latest") -> tuple[Any, ...]:
        """Calls a view. Raises `ContractReverted`."""
        try:
            data = self.node.call(to=self.address, data="0x" + self.encode(name, *arguments).hex(), block=block)
        except NodeError as error:
            raise self.revert_of(error) from None
        return self.decode(name, data)

    def complaints(
        self, complaint_ids: Sequence[str], *, block: str | dict[str, str] = "latest"
    ) -> dict[str, ComplaintState]:
        """The state of each complaint (`0x` hex ids), in one round trip for each hundred."""
        answers = self.node.batch([self.complaint_call(complaint_id, block) for complaint_id in complaint_ids])
        states = {}
        for complaint_id, answer in zip(complaint_ids, answers, strict=True):
            if isinstance(answer, NodeError):
                raise answer
            states[complaint_id] = self.complaint_decode(answer)
        return states

    def complaint_call(self, complaint_id: str, block: str | dict[str, Any]) -> Call:
        """The request for the state of one complaint, to be part of a batch."""
        data = self.encode("getComplaint", _bytes(complaint_id))
        return "eth_call", [{"to": self.address, "data": "0x" + data.hex()}, block]

    def complaint_decode(self, answer: str) -> ComplaintState:
        """The state of one complaint from the answer (`0x` hex) to that request."""
        (values,) = self.decode("getComplaint", _bytes(answer))
        head, event_count, sla_deadline, status, level = values
        return ComplaintState(
            head=head[:HEAD_BYTES],
            event_count=event_count,
            sla_deadline=sla_deadline,
            status=ComplaintStatus(status),
            escalation_level=level,
        )

    def revert_of(self, error: NodeError) -> ContractReverted | NodeError:
        """The contract's own error in a node's answer, or the answer itself if it is none of the contract's."""
        data = error.data.get("data") if isinstance(error.data, dict) else error.data
        if not isinstance(data, str) or not data.startswith("0x") or len(data) < 10:
            return error
        raw = _bytes(data)
        item = self._errors.get(raw[:4])
        if item is None:
            return ContractReverted(name="Unknown", arguments={"data": data[:74]})
        try:
            values = decode([_type(entry) for entry in item["inputs"]], raw[4:])
        except DecodingError:
            return ContractReverted(name=item["name"], arguments={})
        names = [entry["name"] for entry in item["inputs"]]
        readable = ["0x" + value.hex() if isinstance(value, bytes) else value for value in values]
        return ContractReverted(name=item["name"], arguments=dict(zip(names, readable, strict=True)))


def _type(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        return f"({','.join(_type(component) for component in entry['components'])}){kind[5:]}"
    return kind


def _signature(item: dict[str, Any]) -> str:
    return f"{item['name']}({','.join(_type(entry) for entry in item['inputs'])})"


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))


@functools.cache
def registry() -> Registry:
    """The contract that this backend is configured for. Raises `ArtifactError`."""
    return Registry(deployed=deployment(), on=node())
