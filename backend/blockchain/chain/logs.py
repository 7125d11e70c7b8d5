"""Raw logs to links, by hand: each event is fixed words, and this is most of what an indexer does."""

import functools
from collections.abc import Iterable
from typing import Any

from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from blockchain.chain.errors import ChainError
from blockchain.commitments.links import Link, made_data_hash
from blockchain.enums import EventType


def _topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


LOGGED = _topic("ComplaintEventLogged(bytes32,uint8,address,uint24,uint40,bytes32)")
ANCHORED = _topic("EvidenceAnchored(bytes32,bytes32,address,uint24,uint40)")
# By number: an enum's own look-up takes a tenth of the time of reading a log.
EVENT_TYPES = tuple(EventType)
# Events whose data is: sequence, timestamp, then these.
MADE: dict[str, tuple[EventType, tuple[str, ...]]] = {
    _topic("SLADeadlineSet(bytes32,address,uint24,uint40,uint40)"): (EventType.SLA_DEADLINE_SET, ("deadline",)),
    _topic("SLAPaused(bytes32,address,uint24,uint40,uint40)"): (EventType.SLA_PAUSED, ("remaining",)),
    _topic("SLAResumed(bytes32,address,uint24,uint40,uint40)"): (EventType.SLA_RESUMED, ("deadline",)),
    _topic("ComplaintEscalated(bytes32,address,uint24,uint40,uint8,uint40,uint40)"): (
        EventType.ESCALATED,
        ("level", "missed_deadline", "next_deadline"),
    ),
}


@functools.lru_cache(maxsize=1024)
def _checksummed(address: str) -> str:
    """EIP-55; a keccak for each log would be a third of the time of reading it, and actors are few."""
    return str(to_checksum_address("0x" + address))


def link_of_log(log: dict[str, Any]) -> Link | None:
    """The link that a raw log of the registry says; None for its other events (roles, admin)."""
    topics, data = log["topics"], log["data"]
    words = [data[start : start + 64] for start in range(2, len(data), 64)]
    arguments: dict[str, int] = {}
    if topics[0] == LOGGED:
        event_type = EVENT_TYPES[int(topics[2], 16)]
        actor, hashed = topics[3], "0x" + words[2]
    elif topics[0] == ANCHORED:
        event_type = EventType.EVIDENCE_ANCHORED
        actor, hashed = topics[3], topics[2]
    elif topics[0] in MADE:
        event_type, names = MADE[topics[0]]
        arguments = dict(zip(names, (int(word, 16) for word in words[2:]), strict=True))
        actor, hashed = topics[2], "0x" + made_data_hash(event_type=event_type, arguments=arguments).hex()
    else:
        return None
    return Link(
        complaint_id=topics[1],
        sequence=int(words[0], 16),
        event_type=event_type,
        actor=_checksummed(actor[-40:]),
        timestamp=int(words[1], 16),
        data_hash=hashed,
        arguments=arguments,
        tx_hash=log["transactionHash"],
        block_number=int(log["blockNumber"], 16),
        block_hash=log["blockHash"],
        log_index=int(log["logIndex"], 16),
    )


def links_of_logs(logs: Iterable[dict[str, Any]], *, address: str) -> list[Link]:
    """The links in raw logs of the contract at `address`, in the order of the chain."""
    links = []
    for log in logs:
        if log["address"].lower() != address.lower() or not log["topics"]:
            continue
        try:
            link = link_of_log(log)
        except (ValueError, IndexError, KeyError) as error:
            raise ChainError(f"a log of the contract can't be decoded: {error!r}") from None
        if link is not None:
            links.append(link)
    return sorted(links, key=lambda link: (link.block_number, link.log_index))
