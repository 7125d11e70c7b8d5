"""Asks the node for the registry's slot and the time of the block up to which events were read."""

import logging
from dataclasses import dataclass

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, NodeError
from blockchain.models import ScanCursor
from blockchain.protocol.hashing import unhex
from blockchain.statistics.filings import CHAIN_BYTES, Filings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class BlockAnswer:
    """What a node says about a block. `time`: Unix seconds. `registry` is None if it no longer has the state."""

    time: int
    registry: Filings | None


def block_ask(*, contract: Registry, cursor: ScanCursor) -> BlockAnswer | None:
    """The answer of the first node that has the cursor's block; None if none has. Raises nothing for a dead chain."""
    answer = None
    for on in (contract, *contract.others()):
        try:
            answer = _ask(on, cursor)
        except ChainError as error:
            # The details name the node; they are for the operator.
            logger.warning("statistics not compared", extra={"node": on.node.name, "error": str(error)})
            continue
        if answer.registry is not None:
            return answer
    return answer


def _ask(on: Registry, cursor: ScanCursor) -> BlockAnswer:
    at = {"blockHash": cursor.block_hash, "requireCanonical": True}
    header, slot = on.node.batch(
        [
            ("eth_getBlockByNumber", [hex(cursor.block_number), False]),
            ("eth_call", [{"to": on.address, "data": "0x" + on.encode("registry").hex()}, at]),
        ]
    )
    if isinstance(header, NodeError):
        raise header
    if not isinstance(header, dict) or header["hash"] != cursor.block_hash:
        raise ChainUnavailable(f"block {cursor.block_number} is not on the node's chain")
    time = int(header["timestamp"], 16)
    try:
        if isinstance(slot, NodeError):
            raise slot
        chain, count = on.decode("registry", unhex(slot))
    except ChainError as error:
        logger.warning("statistics not compared", extra={"node": on.node.name, "error": str(error)})
        return BlockAnswer(time=time, registry=None)
    return BlockAnswer(time=time, registry=Filings(chain=chain[:CHAIN_BYTES], count=count))
