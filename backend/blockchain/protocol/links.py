"""The hash chain of a complaint, and the raw logs that it is read from. `docs/specification.md` 2.2.

Raw logs become links by hand: the one event is fixed words, and this is most of what an indexer does.
"""

import functools
import operator
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from eth_utils import to_checksum_address

from blockchain.protocol.keccak import keccak
from blockchain.protocol.kinds import KINDS

HEAD_BYTES = 22
UINT32 = 2**32 - 1
# The end of the year 9999, Unix seconds: no later time has a date here or in a database.
LAST_TIME = 253_402_300_799


def _topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


LINK_APPENDED = _topic("LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)")
ENTRY_SKIPPED = _topic("EntrySkipped(bytes32,uint24,bytes4)")

# A uint24, a uint40 and 32 bytes; a uint24 and 4 bytes; hashes. What a node says goes into the database.
_LINK_DATA = re.compile("0x0{58}[0-9a-f]{6}0{54}[0-9a-f]{10}[0-9a-f]{64}")
_SKIP_DATA = re.compile("0x0{58}[0-9a-f]{14}0{56}")
_HASHES = re.compile("(?:0x[0-9a-f]{64})+")


class LogError(ValueError):
    """A log of the contract that can't be decoded: the node is not well."""


class LinkLike(Protocol):
    """What a link is made of; hashes and addresses as `0x` hex, `timestamp` in Unix seconds."""

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
    def data(self) -> str: ...


class Link(NamedTuple):
    """One link, with where it was found. A tuple, since an indexer makes many."""

    complaint_id: str
    sequence: int
    event_type: int
    actor: str
    # Unix seconds.
    timestamp: int
    data: str
    tx_hash: str
    block_number: int
    block_hash: str
    log_index: int


class Skip(NamedTuple):
    """An entry that a batch left out. `reason`: selector of the error, `0x` hex."""

    complaint_id: str
    nonce: int
    reason: str
    log_index: int


class Breach(NamedTuple):
    """The content of an ESCALATED link: the level after it, the missed deadline and the next one (Unix seconds, 0:
    none)."""

    level: int
    missed: int
    next: int


def genesis(*, chain_id: int, address: str, parent_hash: str) -> bytes:
    """The head before the first link, 22 bytes: no history can be passed off as another deployment's.

    `parent_hash`: of the block before the deployment, `0x` hex; 32 zero bytes in block 0.
    """
    contract = bytes.fromhex(address[2:]).rjust(32, b"\0")
    return keccak(chain_id.to_bytes(32, "big") + contract + bytes.fromhex(parent_hash[2:]))[:HEAD_BYTES]


def link_hash(*, head: bytes, link: LinkLike) -> bytes:
    """The head after `link`, 22 bytes.

    The preimage is `abi.encode(head, complaintId, sequence, eventType, actor, timestamp, data)`: seven words. They are
    put together by hand, since an indexer does nothing else for each event that takes as long.
    """
    preimage = b"".join(
        (
            head.ljust(32, b"\0"),
            bytes.fromhex(link.complaint_id[2:]),
            link.sequence.to_bytes(32, "big"),
            link.event_type.to_bytes(32, "big"),
            bytes.fromhex(link.actor[2:]).rjust(32, b"\0"),
            link.timestamp.to_bytes(32, "big"),
            bytes.fromhex(link.data[2:]),
        )
    )
    return keccak(preimage)[:HEAD_BYTES]


def head_after(*, start: bytes, links: Iterable[LinkLike]) -> bytes:
    """The head after all `links`, in their order, from the head `start`; 22 bytes."""
    head = start
    for link in links:
        head = link_hash(head=head, link=link)
    return head


def breach_of(data: str) -> Breach:
    """The content of an ESCALATED link: `level << 64 | missed << 32 | next`."""
    value = int(data, 16)
    return Breach(level=value >> 64, missed=value >> 32 & UINT32, next=value & UINT32)


def breach_data(breach: Breach) -> str:
    """The `data` of an ESCALATED link, `0x` hex."""
    return f"0x{breach.level << 64 | breach.missed << 32 | breach.next:064x}"


_place = operator.attrgetter("block_number", "log_index")


@functools.lru_cache(maxsize=1024)
def _checksummed(address: str) -> str:
    """EIP-55; a keccak for each log would be a third of the time of reading it, and actors are few."""
    return str(to_checksum_address("0x" + address))


def links_of_logs(logs: Iterable[dict[str, Any]], *, address: str) -> list[Link]:
    """The links in raw logs of the contract at `address`, in the order of the chain. Raises `LogError`."""
    links = []
    for log in _ours(logs, address, LINK_APPENDED):
        try:
            topics, data = log["topics"], log["data"].lower()
            hashes = f"{topics[1]}{log['transactionHash']}{log['blockHash']}".lower()
            event_type, block_number, index = int(topics[2], 16), int(log["blockNumber"], 16), int(log["logIndex"], 16)
            timestamp = int(data[66:130], 16)
            if not (
                0 <= event_type < len(KINDS)
                and _LINK_DATA.fullmatch(data)
                and len(hashes) == 198
                and _HASHES.fullmatch(hashes)
            ):
                raise LogError("no link of the contract")
            if block_number >> 63 or index >> 31 or timestamp > LAST_TIME:
                raise LogError("no place in a chain")
            links.append(
                Link(
                    hashes[:66],
                    int(data[2:66], 16),
                    event_type,
                    _checksummed(topics[3][-40:]),
                    timestamp,
                    "0x" + data[130:],
                    hashes[66:132],
                    block_number,
                    hashes[132:],
                    index,
                )
            )
        except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
            raise LogError(f"a log of the contract can't be decoded: {error!r}") from None
    links.sort(key=_place)
    return links


def skips_of_logs(logs: Iterable[dict[str, Any]], *, address: str) -> list[Skip]:
    """The entries that a batch left out, from the logs of its receipt. Raises `LogError`."""
    skips = []
    for log in _ours(logs, address, ENTRY_SKIPPED):
        try:
            data, complaint_id = log["data"].lower(), log["topics"][1].lower()
            if not (_SKIP_DATA.fullmatch(data) and len(complaint_id) == 66 and _HASHES.fullmatch(complaint_id)):
                raise LogError("no skip of the contract")
            skips.append(Skip(complaint_id, int(data[2:66], 16), "0x" + data[66:74], int(log["logIndex"], 16)))
        except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
            raise LogError(f"a log of the contract can't be decoded: {error!r}") from None
    return skips


def _ours(logs: Iterable[dict[str, Any]], address: str, topic: str) -> Sequence[dict[str, Any]]:
    wanted = address.lower()
    try:
        # A log that is `removed` belongs to a block that is not on the chain any more.
        return [
            log
            for log in logs
            if len(log["topics"])
            and log["topics"][0] == topic
            and log["address"].lower() == wanted
            and not log.get("removed")
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise LogError(f"a log can't be decoded: {error!r}") from None
