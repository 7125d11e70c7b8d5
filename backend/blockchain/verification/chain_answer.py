"""What the chain says of one complaint, asked now."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from blockchain.chain.contract import ComplaintState, Registry
from blockchain.chain.errors import ChainError
from blockchain.chain.guard import chain_check
from blockchain.commitments.links import Link
from blockchain.models import ScanCursor
from blockchain.verification.receipts import links_by_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ChainAnswer:
    """The node's answers. Without a node: `unreachable` says why, and the rest is empty."""

    unreachable: str = ""
    # At the block up to which events were read; None if the node can't say, then `state_unknown` says why.
    state: ComplaintState | None = None
    state_unknown: str = ""
    # At the newest block.
    latest: ComplaintState | None = None
    # The contract's links of each transaction that is on the chain.
    links: dict[str, list[Link]] = field(default_factory=dict)


def chain_ask(
    *, contract: Registry, cursor: ScanCursor | None, complaint_id: str, tx_hashes: Iterable[str]
) -> ChainAnswer:
    """Asks for the complaint's state and for the receipts of `tx_hashes`. Does not raise for a chain that is down."""
    try:
        chain_check(contract)
        state, state_unknown = _state_at(contract, cursor, complaint_id)
        return ChainAnswer(
            state=state,
            state_unknown=state_unknown,
            latest=contract.complaints([complaint_id])[complaint_id],
            links=links_by_transaction(registry=contract, tx_hashes=tx_hashes),
        )
    except ChainError as error:
        # The details name the node; they are for the operator.
        logger.warning("audit trail without the chain", extra={"error": str(error)})
        return ChainAnswer(unreachable="the chain can't be asked at the moment")


def _state_at(contract: Registry, cursor: ScanCursor | None, complaint_id: str) -> tuple[ComplaintState | None, str]:
    """The complaint at the cursor's block, by the block's hash so that no reorg can mix two histories."""
    if cursor is None:
        return None, "no block of this chain has been read yet"
    header, result = contract.node.batch(
        [
            ("eth_getBlockByNumber", [hex(max(0, cursor.block_number)), False]),
            contract.complaint_call(complaint_id, {"blockHash": cursor.block_hash, "requireCanonical": True}),
        ]
    )
    at = f"block {cursor.block_number}, up to which events were read,"
    if not isinstance(header, dict):
        return None, f"{at} is not on the node's chain (yet)"
    if header["hash"] != cursor.block_hash:
        return None, f"{at} is not on the node's chain any more; ask again when it has been read anew"
    if isinstance(result, ChainError):
        return None, f"the node does not have the contract's state at {at} any more"
    return contract.complaint_decode(result), ""
