"""The hash chains of complaints and of the registry in plain Python."""

from collections.abc import Iterable
from typing import NamedTuple

from eth_abi import encode
from eth_utils import keccak

from tests.support.codec import Event


def genesis(chain_id: int, contract: str, parent: bytes) -> bytes:
    """What stands before the first link. `parent`: hash of the block before the deployment's."""
    return keccak(encode(["uint256", "address", "bytes32"], [chain_id, contract, parent]))[:22]


def link(
    head: bytes, complaint_id: bytes, sequence: int, event_type: int, actor: str, timestamp: int, data: bytes
) -> bytes:
    """The head after one more link."""
    types = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
    return keccak(encode(types, [head, complaint_id, sequence, event_type, actor, timestamp, data]))[:22]


class Escalation(NamedTuple):
    """What an `ESCALATED` link commits to. Deadlines in Unix seconds; `next`: 0 for none."""

    level: int
    missed: int
    next: int

    @property
    def data(self) -> bytes:
        return (self.level << 64 | self.missed << 32 | self.next).to_bytes(32)

    @classmethod
    def of(cls, data: bytes) -> "Escalation":
        """The same from the link's data."""
        word = int.from_bytes(data)
        return cls(word >> 64, word >> 32 & 0xFFFFFFFF, word & 0xFFFFFFFF)


def escalation_data(level: int, missed: int, next_deadline: int) -> bytes:
    """The data of an `ESCALATED` link."""
    return Escalation(level, missed, next_deadline).data


def append(head: bytes, event: Event) -> bytes:
    """The head after the link that a `LinkAppended` tells of."""
    assert event.name == "LinkAppended"
    args = event.args
    content = (args["eventType"], args["actor"], args["timestamp"], args["data"])
    return link(head, args["complaintId"], args["sequence"], *content)


def recompute(head: bytes, events: Iterable[Event]) -> bytes:
    """The head after all of one complaint's links."""
    for event in events:
        head = append(head, event)
    return head


def registry_chain(complaint_ids: Iterable[bytes], chain: bytes = bytes(27)) -> bytes:
    """The registry's chain after these filings."""
    for complaint_id in complaint_ids:
        chain = keccak(encode(["bytes27", "bytes32"], [chain, complaint_id]))[:27]
    return chain
