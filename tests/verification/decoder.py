"""Logs and storage words of the registry, decoded by hand: no ABI and no client library."""

from dataclasses import dataclass, fields
from typing import Any, Self

from eth_utils import keccak

WORD = 32  # bytes
HEAD_SIZE = 22  # bytes
CHAIN_SIZE = 27  # bytes

LINK_APPENDED = keccak(b"LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)")


class BrokenHistory(Exception):
    """What was handed over is not the complete, unaltered record."""


@dataclass(frozen=True)
class Link:
    """One link of a complaint's chain. `timestamp`: Unix seconds; `actor`: 20 bytes."""

    complaint_id: bytes
    event_type: int
    actor: bytes
    sequence: int
    timestamp: int
    data: bytes

    def hashed_onto(self, head: bytes) -> bytes:
        """The head after this link."""
        words = (
            head.ljust(WORD, b"\0"),
            self.complaint_id,
            self.sequence.to_bytes(WORD),
            self.event_type.to_bytes(WORD),
            self.actor.rjust(WORD, b"\0"),
            self.timestamp.to_bytes(WORD),
            self.data,
        )
        return keccak(b"".join(words))[:HEAD_SIZE]


@dataclass(frozen=True)
class Slot:
    """A complaint's storage slot. `sla_deadline`: Unix seconds while open, else the seconds left."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: int
    escalations: int
    objections: int

    @property
    def nonce(self) -> int:
        """How many links recorders have written."""
        return self.event_count - self.escalations - self.objections

    @classmethod
    def decode(cls, word: int) -> Self:
        """From the slot's value; the last field of the struct stands leftmost."""
        raw = word.to_bytes(WORD)
        return cls(
            objections=raw[0],
            escalations=raw[1],
            status=raw[2],
            sla_deadline=int.from_bytes(raw[3:7]),
            event_count=int.from_bytes(raw[7:10]),
            head=raw[10:],
        )

    def encode(self) -> int:
        """The slot's value."""
        sizes = {"sla_deadline": 4, "event_count": 3, "head": HEAD_SIZE}
        word = b""
        for field in reversed(fields(self)):
            value = getattr(self, field.name)
            word += value if field.name == "head" else int(value).to_bytes(sizes.get(field.name, 1))
        return int.from_bytes(word)


@dataclass(frozen=True)
class Filings:
    """The registry's own slot: the chain of all filings, and how many they are."""

    chain: bytes = bytes(CHAIN_SIZE)
    count: int = 0

    @classmethod
    def decode(cls, word: int) -> Self:
        """From the slot's value."""
        raw = word.to_bytes(WORD)
        return cls(count=int.from_bytes(raw[:5]), chain=raw[5:])

    def plus(self, complaint_id: bytes) -> "Filings":
        """After one filing more."""
        return Filings(keccak(self.chain.ljust(WORD, b"\0") + complaint_id)[:CHAIN_SIZE], self.count + 1)


def read_link(log: dict[str, Any]) -> Link | None:
    """The link that a JSON-RPC log tells of; `None` for a log of something else.

    Raises `BrokenHistory` for one that no contract can have emitted.
    """
    kind, *topics = (bytes.fromhex(topic[2:]) for topic in log["topics"])
    if kind != LINK_APPENDED:
        return None
    data = bytes.fromhex(log["data"][2:])
    if len(topics) != 3 or len(data) != 3 * WORD:
        raise BrokenHistory("a link has three topics and three words")
    complaint_id, event_type, actor = topics
    if any(actor[:12]):
        raise BrokenHistory("no address")
    return Link(
        complaint_id=complaint_id,
        event_type=int.from_bytes(event_type),
        actor=actor[12:],
        sequence=int.from_bytes(data[:WORD]),
        timestamp=int.from_bytes(data[WORD : 2 * WORD]),
        data=data[2 * WORD :],
    )
