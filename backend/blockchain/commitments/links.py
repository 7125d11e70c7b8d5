"""The hash chain of a complaint. Spec section 2.2."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from eth_abi import encode
from eth_hash.auto import keccak

from blockchain.enums import EventType

HEAD_BYTES = 22


class LinkLike(Protocol):
    """What a link is made of; hashes and addresses as `0x` hex."""

    @property
    def complaint_id(self) -> str: ...

    @property
    def sequence(self) -> int: ...

    @property
    def event_type(self) -> int: ...

    @property
    def actor(self) -> str: ...

    @property
    def timestamp(self) -> int: ...

    @property
    def data_hash(self) -> str: ...

    @property
    def arguments(self) -> dict[str, int]: ...


class Link(NamedTuple):
    """One link, with where it was found. A tuple, since indexers make many."""

    complaint_id: str
    sequence: int
    event_type: int
    actor: str
    # Unix seconds.
    timestamp: int
    data_hash: str
    arguments: dict[str, int]
    tx_hash: str
    block_number: int
    block_hash: str
    log_index: int


def genesis(*, chain_id: int, address: str) -> bytes:
    """The head before the first link, 22 bytes: no history can be passed off as another deployment's."""
    return keccak(encode(["uint256", "address"], [chain_id, address]))[:HEAD_BYTES]


def link_hash(*, head: bytes, link: LinkLike) -> bytes:
    """The head after `link`, 22 bytes.

    The preimage is `abi.encode(head, complaintId, sequence, eventType, actor, timestamp, dataHash)`: seven words.
    They are put together by hand, since an indexer does nothing else for each event that takes as long.
    """
    preimage = b"".join(
        (
            head.ljust(32, b"\0"),
            bytes.fromhex(link.complaint_id[2:]),
            link.sequence.to_bytes(32, "big"),
            link.event_type.to_bytes(32, "big"),
            bytes.fromhex(link.actor[2:]).rjust(32, b"\0"),
            link.timestamp.to_bytes(32, "big"),
            bytes.fromhex(link.data_hash[2:]),
        )
    )
    return keccak(preimage)[:HEAD_BYTES]


def head_after(*, start: bytes, links: Iterable[LinkLike]) -> bytes:
    """The head after all `links`, in their order, from the head `start`; 22 bytes."""
    head = start
    for link in links:
        head = link_hash(head=head, link=link)
    return head


def made_data_hash(*, event_type: int, arguments: dict[str, int]) -> bytes:
    """The `dataHash` of a link that the contract makes itself, from the event's other arguments."""
    if event_type in (EventType.SLA_DEADLINE_SET, EventType.SLA_RESUMED):
        return arguments["deadline"].to_bytes(32, "big")
    if event_type == EventType.SLA_PAUSED:
        return arguments["remaining"].to_bytes(32, "big")
    if event_type == EventType.ESCALATED:
        levels = [arguments["level"], arguments["missed_deadline"], arguments["next_deadline"]]
        return keccak(encode(["uint8", "uint40", "uint40"], levels))
    raise ValueError(f"the contract makes no dataHash for event type {event_type}")
