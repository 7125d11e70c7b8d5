"""Asks a node for storage proofs in its newest block, and verifies them as the receipts' verifier does."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from blockchain import receipt
from blockchain.chain.breaker import TimedOut
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, NodeError
from blockchain.chain.node import Call, Node
from blockchain.protocol.hashing import hex0x, unhex

# Between the questions of one try, another block may come, or another node may answer.
TRIES = 3
# Some nodes prove the newest block only, and some take no hash (EIP-1898).
NEWEST: Call = ("eth_getBlockByNumber", ["latest", False])


class HeaderUnknown(ChainUnavailable):
    """The node's header can't be rebuilt from its fields, so no receipt can contain it."""


class Proved(NamedTuple):
    """Verified proofs in one block. `raw`: the RLP of its header; of each slot, in order, its nodes and its value."""

    header: receipt.Header
    raw: bytes
    account_nodes: list[bytes]
    nodes: list[list[bytes]]
    values: list[int]


def proof_ask(*, registry: Registry, keys: Sequence[str]) -> Proved:
    """Proofs of the contract's slots `keys` (32 bytes of `0x` hex) in the node's newest block.

    In one `eth_getProof`, or in several that are halved as long as the node refuses. Raises `ChainUnavailable` if the
    node does not prove even a single slot, or proves what does not hold; `HeaderUnknown`.
    """
    node = registry.node
    limit = node.limit("slots-proved", receipt.MAX_SLOTS)
    tries, reason = 0, "it has no newest block"
    while tries < TRIES:
        most = min(limit.value, len(keys))
        parts = [keys[start : start + most] for start in range(0, len(keys), most)]
        try:
            before, *answers, after = node.batch([NEWEST, *(_call(registry, part) for part in parts), NEWEST])
        except TimedOut:
            # It may have been too much. The next round asks for less; this one has kept its caller long enough.
            limit.refused(most)
            raise
        except ChainUnavailable:
            if most == 1:
                raise
            # Is the node at fault, or the request?
            node.block("latest")
            limit.refused(most)
            continue
        if refusal := next((each for each in answers if isinstance(each, NodeError)), None):
            if most == 1:
                raise ChainUnavailable(f"the node refuses eth_getProof: {refusal.message}")
            limit.refused(most)
            continue
        tries += 1
        for block in _blocks(before, after):
            try:
                return _verified(registry, block, parts, answers)
            except receipt.Bad as error:
                reason = str(error)
    raise ChainUnavailable(f"{node.name} gives no proof that holds for its newest block: {reason}")


def _call(registry: Registry, keys: Sequence[str]) -> Call:
    return "eth_getProof", [registry.address.lower(), list(keys), "latest"]


def _blocks(*answers: Any) -> list[dict[str, Any]]:
    """The newest block before and after the proof, once if it is the same."""
    return list({each["hash"]: each for each in answers if isinstance(each, dict)}.values())


def _verified(
    registry: Registry, block: dict[str, Any], parts: Sequence[Sequence[str]], answers: Sequence[Any]
) -> Proved:
    """Raises `receipt.Bad` for what proves nothing, and `HeaderUnknown`."""
    deployment = registry.deployment
    raw = header_raw(registry.node, block)
    header = receipt.header_read(raw)
    read = [
        receipt.answer_read(answer, header, unhex(registry.address), part)
        for part, answer in zip(parts, answers, strict=True)
    ]
    if hex0x(read[0].contract.code_hash) != deployment.code_hash:
        raise receipt.Bad("the code at the contract's address is not the deployment's")
    nodes = [nodes for each in read for nodes in each.nodes]
    return Proved(header, raw, read[0].account_nodes, nodes, [value for each in read for value in each.values])


def header_raw(node: Node, block: dict[str, Any]) -> bytes:
    """The RLP of a block's header, which its hash proves.

    Raises `HeaderUnknown`, or `receipt.Bad` if the node gives that of another block.
    """
    try:
        raw = receipt.header_rebuilt(block)
    except receipt.Stop as error:
        raise HeaderUnknown(f"{node.name} returns no usable header: {error}") from None
    if raw is None:
        try:
            answer = node.request("debug_getRawHeader", block["number"])
            raw = unhex(answer)
        except (ChainError, ValueError, AttributeError):
            raise HeaderUnknown(
                f"the hash of a header of {node.name} does not follow from its fields, and the node does not answer "
                "debug_getRawHeader"
            ) from None
        if hex0x(receipt.keccak(raw)) != block["hash"].lower():
            raise receipt.Bad("debug_getRawHeader gives another header")
    if len(raw) > receipt.MAX_HEADER:
        raise HeaderUnknown(f"the headers of {node.name} have {len(raw)} bytes, more than a receipt may contain")
    return raw
