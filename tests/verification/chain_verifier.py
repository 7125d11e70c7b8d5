"""Checks a complaint's history against one storage slot, straight from JSON-RPC logs.

Shares nothing with the code under test: no ABI, no client library, only the specification's text (2.2) and keccak.
Trusted are the chain id, the contract's address and the slot (or a proof of it); whoever supplied the logs is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak

WORD = 32  # bytes
HEAD_SIZE = 22  # bytes


class BrokenHistory(Exception):
    """The logs are not the complete, unaltered history in order."""


@dataclass(frozen=True)
class Link:
    """One state change, as it goes into the hash chain. `timestamp`: Unix seconds; `actor`: 20 bytes."""

    complaint_id: bytes
    sequence: int
    event_type: int
    actor: bytes
    timestamp: int
    data_hash: bytes


@dataclass(frozen=True)
class Slot:
    """A complaint's storage slot, decoded by hand: the last field of the struct stands leftmost."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: int
    escalation_level: int

    @classmethod
    def decode(cls, word: int) -> "Slot":
        """From the slot's value."""
        raw = word.to_bytes(WORD)
        return cls(
            escalation_level=raw[0],
            status=raw[1],
            sla_deadline=int.from_bytes(raw[2:7]),
            event_count=int.from_bytes(raw[7:10]),
            head=raw[10:],
        )


def _topic(signature: str) -> bytes:
    return keccak(signature.encode())


LOGGED = _topic("ComplaintEventLogged(bytes32,uint8,address,uint24,uint40,bytes32)")
ANCHORED = _topic("EvidenceAnchored(bytes32,bytes32,address,uint24,uint40)")
DEADLINE_SET = _topic("SLADeadlineSet(bytes32,address,uint24,uint40,uint40)")
PAUSED = _topic("SLAPaused(bytes32,address,uint24,uint40,uint40)")
RESUMED = _topic("SLAResumed(bytes32,address,uint24,uint40,uint40)")
ESCALATED = _topic("ComplaintEscalated(bytes32,address,uint24,uint40,uint8,uint40,uint40)")

# Event type of those whose only further word is the data hash itself.
ONE_WORD = {DEADLINE_SET: 9, PAUSED: 10, RESUMED: 11}
ANCHORED_TYPE = 8
ESCALATED_TYPE = 12


def genesis(chain_id: int, contract: str) -> bytes:
    """The head before the first link."""
    return keccak(chain_id.to_bytes(WORD) + int(contract, 16).to_bytes(WORD))[:HEAD_SIZE]


def next_head(head: bytes, link: Link) -> bytes:
    """The head after `link`."""
    words = (
        head.ljust(WORD, b"\0"),
        link.complaint_id,
        link.sequence.to_bytes(WORD),
        link.event_type.to_bytes(WORD),
        link.actor.rjust(WORD, b"\0"),
        link.timestamp.to_bytes(WORD),
        link.data_hash,
    )
    return keccak(b"".join(words))[:HEAD_SIZE]


def read_link(log: dict[str, Any]) -> Link | None:
    """The link that a log tells of; `None` for a log of something else, such as a role.

    Raises `BrokenHistory` for one that no contract can have emitted.
    """
    kind, *topics = (bytes.fromhex(topic[2:]) for topic in log["topics"])
    data = bytes.fromhex(log["data"][2:])
    fields = [data[start : start + WORD] for start in range(0, len(data), WORD)]
    if kind == LOGGED:
        complaint, event_type, actor = topics
        sequence, timestamp, data_hash = fields
        number = int.from_bytes(event_type)
    elif kind == ANCHORED:
        complaint, data_hash, actor = topics
        sequence, timestamp = fields
        number = ANCHORED_TYPE
    elif kind in ONE_WORD:
        complaint, actor = topics
        sequence, timestamp, data_hash = fields
        number = ONE_WORD[kind]
    elif kind == ESCALATED:
        complaint, actor = topics
        sequence, timestamp, *outcome = fields
        number, data_hash = ESCALATED_TYPE, keccak(b"".join(outcome))
    else:
        return None
    if any(actor[:12]):
        raise BrokenHistory("no address")
    return Link(complaint, int.from_bytes(sequence), number, actor[12:], int.from_bytes(timestamp), data_hash)


class HistoryReader:
    """Follows all complaints of one registry, log by log."""

    def __init__(self, chain_id: int, contract: str) -> None:
        self.genesis = genesis(chain_id, contract)
        self._contract = contract.lower()
        self._heads: dict[bytes, bytes] = {}
        self._counts: dict[bytes, int] = {}
        self._times: dict[bytes, int] = {}

    def head(self, complaint_id: bytes) -> bytes:
        """After the links so far."""
        return self._heads.get(complaint_id, self.genesis)

    def count(self, complaint_id: bytes) -> int:
        """How many links so far."""
        return self._counts.get(complaint_id, 0)

    def read(self, logs: Iterable[dict[str, Any]]) -> list[Link]:
        """Appends what the logs tell of. Raises `BrokenHistory` at once for what no registry could have emitted."""
        links = []
        for log in logs:
            if log["address"].lower() != self._contract:
                raise BrokenHistory("a log of another contract")
            link = read_link(log)
            if link is not None:
                self._append(link)
                links.append(link)
        return links

    def check(self, complaint_id: bytes, slot: Slot) -> None:
        """Raises `BrokenHistory` unless the links so far are the complete history behind `slot`."""
        if self.count(complaint_id) != slot.event_count:
            raise BrokenHistory(f"{self.count(complaint_id)} links of {slot.event_count}")
        expected = slot.head if slot.event_count else self.genesis  # the slot of an unknown complaint is all zeros
        if self.head(complaint_id) != expected:
            raise BrokenHistory("the links do not lead to the head")

    def _append(self, link: Link) -> None:
        if link.sequence != self.count(link.complaint_id) + 1:
            raise BrokenHistory(f"link {link.sequence} after {self.count(link.complaint_id)}")
        if link.timestamp < self._times.get(link.complaint_id, 0):
            raise BrokenHistory(f"link {link.sequence} is older than the one before it")
        self._heads[link.complaint_id] = next_head(self.head(link.complaint_id), link)
        self._counts[link.complaint_id] = link.sequence
        self._times[link.complaint_id] = link.timestamp
