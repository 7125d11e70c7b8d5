"""What the chain says about one complaint now. Every answer is of a block that it names by its hash."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, WrongChain
from blockchain.chain.guard import chain_check
from blockchain.models import ScanCursor
from blockchain.protocol.clock import ComplaintFold
from blockchain.protocol.links import Link
from blockchain.verification.receipts import links_by_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class StateAt:
    """The contract's slot of the complaint at a block."""

    block_number: int
    state: ComplaintFold


@dataclass(frozen=True, kw_only=True)
class ChainAnswer:
    """The node's answers. Without a node: `unreachable` says why, and the rest is empty."""

    unreachable: str = ""
    # At the block up to which events were read; None if the node can't say, then `state_unknown` says why.
    state: StateAt | None = None
    state_unknown: str = ""
    # At the newest block.
    latest: StateAt | None = None
    # The contract's links of each transaction that is on the chain.
    links: dict[str, list[Link]] = field(default_factory=dict)


def chain_ask(
    *,
    contract: Registry,
    cursor: ScanCursor | None,
    complaint_id: str,
    tx_hashes: Callable[[ChainAnswer], Iterable[str]],
) -> ChainAnswer:
    """Asks for the complaint's state, and then for the receipts of the transactions that `tx_hashes` names for it.

    All of it of one node: if that fails, all of another one. Does not raise for a chain that is down.
    """
    for on in (contract, *contract.others()):
        try:
            chain_check(on)
            state, state_unknown, latest = _states(on, cursor, complaint_id)
            answer = ChainAnswer(state=state, state_unknown=state_unknown, latest=latest)
            return replace(answer, links=links_by_transaction(registry=on, tx_hashes=tx_hashes(answer)))
        except ChainError as error:
            if isinstance(error, WrongChain):
                on.node.standing.wrong()
            # The details name the node; they are for the operator.
            logger.warning("audit trail without the chain", extra={"node": on.node.name, "error": str(error)})
    return ChainAnswer(unreachable="the blockchain node is currently unavailable")


def _states(
    contract: Registry, cursor: ScanCursor | None, complaint_id: str
) -> tuple[StateAt | None, str, StateAt | None]:
    """The complaint at the cursor's block and at the newest one; why the former is not known, if it is not."""
    numbers: list[str] = ["latest"] if cursor is None else ["latest", hex(max(0, cursor.block_number))]
    headers = contract.node.batch([("eth_getBlockByNumber", [number, False]) for number in numbers])
    newest = headers[0]
    if not isinstance(newest, dict):
        raise ChainUnavailable("the node has no latest block")
    wanted = [(int(newest["number"], 16), newest["hash"])]
    unknown = _cursor_unknown(cursor, headers[-1])
    if cursor is not None and not unknown:
        wanted.append((cursor.block_number, cursor.block_hash))
    calls = [
        contract.complaints_call([complaint_id], {"blockHash": block_hash, "requireCanonical": True})
        for _, block_hash in wanted
    ]
    states: list[StateAt | None] = []
    for (number, _), answer in zip(wanted, contract.node.batch(calls), strict=True):
        if isinstance(answer, ChainError):
            states.append(None)
            continue
        (fold,) = contract.complaints_decode(answer)
        states.append(StateAt(block_number=number, state=fold))
    if len(states) == 1:
        return None, unknown, states[0]
    if states[1] is None:
        unknown = f"the node does not have the contract's state at {_at(cursor)} any more"
    return states[1], unknown, states[0]


def _cursor_unknown(cursor: ScanCursor | None, header: Any) -> str:
    """Why the state at the cursor's block can't be asked for; empty if it can."""
    if cursor is None:
        return "no block of this chain has been read yet"
    if not isinstance(header, dict):
        return f"{_at(cursor)} is not on the node's chain (yet)"
    if header["hash"] != cursor.block_hash:
        return f"{_at(cursor)} is not on the node's chain any more; ask again once the events have been read again"
    return ""


def _at(cursor: ScanCursor | None) -> str:
    return "" if cursor is None else f"block {cursor.block_number}, up to which events were read,"
