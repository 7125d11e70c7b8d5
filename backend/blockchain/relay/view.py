"""One look at the chain: everything that a round needs, in one batch, so the same node answers all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.finality import final_call, final_number
from blockchain.chain.guard import history_check
from blockchain.chain.receipts import priced
from blockchain.protocol.kinds import ENTRIES, Role, kind_of
from blockchain.relay.flight import Flight

ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)
# The most blocks with our transactions to compare in one round. The lowest become final next. The highest shows a
# reorg; once its transactions have started again, the next one does.
LOWEST_COMPARED = 5
# What a column of the database takes.
MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class View:
    """The newest block, the state of one of our keys in it, and the node's knowledge of our transactions."""

    signer: str
    head: dict[str, Any]
    block_hash: str
    # Time in Unix seconds; the block's gas limit; base fee in wei per gas, 0 on a chain without one.
    time: int
    gas_limit: int
    base_fee: int
    # Number of the newest final block; negative if there is none yet.
    final: int
    # The key's next account nonce; its next one after the transactions in the node's pool; its balance in wei.
    nonce: int
    pool_nonce: int
    balance: int
    roles: frozenset[Role]
    # Block hashes by number, for the blocks that the node has.
    blocks: dict[int, str]
    receipts: dict[str, dict[str, Any]]
    # By key, the account nonce below which all nonces are finally used.
    used: dict[str, int]

    @property
    def kinds(self) -> frozenset[int]:
        """The kinds of entries that the key's roles allow."""
        return frozenset(int(each) for each in ENTRIES if kind_of(each).role in self.roles)


def look(*, registry: Registry, signer: str, flights: Sequence[Flight], final: int) -> View:
    """Looks at the chain for the key of `signer`; `final` is the number of a block known to be final, or negative.

    Raises `ChainUnavailable`, or `WrongChain` if the node's history is not the deployment's.
    """
    hashes = [attempt.tx_hash for flight in flights if flight.is_open for attempt in flight.attempts]
    heights = sorted({height for flight in flights if (height := flight.mined.block_number) is not None})
    heights = sorted({*heights[:LOWEST_COMPARED], *heights[-1:]})
    keys = sorted({flight.transaction.signer for flight in flights if flight.is_open}) if final >= 0 else []
    checks = [registry.encode("hasRole", keccak(role.value.encode()), signer).hex() for role in ROLES]
    calls = [
        ("eth_getBlockByNumber", ["0x0", False]),
        ("eth_getBlockByNumber", ["latest", False]),
        final_call(),
        ("eth_getTransactionCount", [signer, "latest"]),
        ("eth_getTransactionCount", [signer, "pending"]),
        ("eth_getBalance", [signer, "latest"]),
        *(("eth_call", [{"to": registry.address, "data": "0x" + data}, "latest"]) for data in checks),
        *(("eth_getTransactionCount", [key, hex(final)]) for key in keys),
        *(("eth_getBlockByNumber", [hex(height), False]) for height in heights),
        *(("eth_getTransactionReceipt", [tx_hash]) for tx_hash in hashes),
    ]
    answers = iter(registry.node.batch(calls))
    oldest, head, tagged, nonce, pool_nonce, balance = (next(answers) for _ in range(6))
    roles, used = [next(answers) for _ in ROLES], {key: next(answers) for key in keys}
    found = list(answers)
    for answer in (head, tagged, nonce, balance, *roles, *found):
        if isinstance(answer, NodeError):
            raise ChainUnavailable(f"the node does not report the state of the chain: {answer.message}")
    if head is None:
        raise ChainUnavailable("the node has no blocks")
    history_check(registry, oldest)
    try:
        final_now = final_number(head=head, tagged=tagged)
        receipts = {each: _whole(receipt) for each, receipt in zip(hashes, found[len(heights) :], strict=True)}
        priced(registry.node, [receipt for receipt in receipts.values() if receipt is not None])
        blocks = dict(zip(heights, found, strict=False)) | {int(head["number"], 16): head}
        return View(
            signer=signer,
            head=head,
            block_hash=head["hash"],
            time=int(head["timestamp"], 16),
            gas_limit=int(head["gasLimit"], 16),
            base_fee=int(head.get("baseFeePerGas", "0x0"), 16),
            final=final_now,
            nonce=int(nonce, 16),
            # Some nodes have no pool to query; it then counts as empty.
            pool_nonce=int(nonce if isinstance(pool_nonce, NodeError) else pool_nonce, 16),
            balance=int(balance, 16),
            roles=frozenset(role for role, answer in zip(ROLES, roles, strict=True) if int(answer, 16) == 1),
            blocks={height: block["hash"] for height, block in blocks.items() if block is not None},
            receipts={each: receipt for each, receipt in receipts.items() if receipt is not None},
            # A node that does not consider that block final has fallen behind.
            used={key: int(count, 16) for key, count in used.items() if isinstance(count, str) and final <= final_now},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ChainUnavailable(f"the node's answer is not valid JSON-RPC ({type(error).__name__})") from None


def _whole(receipt: dict[str, Any] | None) -> dict[str, Any] | None:
    """A receipt with all the fields that are read later; None for the partial receipts that some nodes give of pending
    transactions."""
    if receipt is None or receipt["blockHash"] is None:
        return None
    numbers = [int(receipt[name], 16) for name in ("status", "blockNumber", "gasUsed")]
    if max(numbers) > MAX_NUMBER:
        raise ValueError("a number beyond 63 bits")
    return receipt if isinstance(receipt["logs"], list) else None
