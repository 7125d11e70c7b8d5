"""Links as Hypothesis draws them, and the logs in which a node tells of them; encoded by `eth_abi`, the oracle."""

from typing import Any

from eth_abi import encode
from eth_utils import to_checksum_address
from hypothesis import strategies as st

from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import LAST_TIME, LINK_APPENDED, Link

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def hex_bytes(length: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=length, max_size=length).map(lambda value: "0x" + value.hex())


words = hex_bytes(32)
addresses = hex_bytes(20).map(to_checksum_address)
links = st.builds(
    Link,
    complaint_id=words,
    sequence=st.integers(1, 2**24 - 1),
    event_type=st.sampled_from([int(each) for each in EventType]),
    actor=addresses,
    timestamp=st.integers(0, LAST_TIME),
    data=words,
    tx_hash=words,
    block_number=st.integers(0, 2**40),
    block_hash=words,
    log_index=st.integers(0, 2**16),
)


def log_of(link: Link, *, contract: str = CONTRACT) -> dict[str, Any]:
    """The log of a link."""
    values = [link.sequence, link.timestamp, bytes.fromhex(link.data[2:])]
    return {
        "address": contract.lower(),
        "topics": [
            LINK_APPENDED,
            link.complaint_id,
            "0x" + encode(["uint8"], [link.event_type]).hex(),
            "0x" + encode(["address"], [link.actor]).hex(),
        ],
        "data": "0x" + encode(["uint24", "uint40", "bytes32"], values).hex(),
        "transactionHash": link.tx_hash,
        "blockNumber": hex(link.block_number),
        "blockHash": link.block_hash,
        "logIndex": hex(link.log_index),
        "removed": False,
    }
