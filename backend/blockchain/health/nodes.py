"""Asks all nodes for their newest block, each at the same time, so that one that is down can be named."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, WrongChain
from blockchain.health.component import Problem

# A node so many blocks behind another one lags.
LAG_BLOCKS = 20


@dataclass(kw_only=True)
class Answers:
    """What the nodes said. `head`: of the best that answers; `shown`: one line for each node, in their order."""

    head: dict[str, Any] = field(default_factory=dict)
    shown: list[dict[str, Any]] = field(default_factory=list)
    # On another chain; not answering or lagging, while another node answers.
    wrong: list[Problem] = field(default_factory=list)
    down: list[Problem] = field(default_factory=list)


def nodes_ask(registry: Registry) -> tuple[Registry, Answers]:
    """The contract on the first node that answers and is on the right chain, and what all of them said.

    Raises the error of the first node if none does.
    """
    registries = [registry.moved(node) for node in registry.nodes]
    with ThreadPoolExecutor(max_workers=len(registries), thread_name_prefix="health") as pool:
        heads = list(pool.map(_head, registries))
    answering = [(each, head) for each, head in zip(registries, heads, strict=True) if isinstance(head, dict)]
    if not answering:
        raise next(head for head in heads if isinstance(head, ChainError))
    newest = max(int(head["number"], 16) for _, head in answering)
    best, found = answering[0][0], Answers(head=answering[0][1])
    for each, head in zip(registries, heads, strict=True):
        line: dict[str, Any] = {"node": each.node.name}
        if isinstance(head, dict):
            line["head"] = int(head["number"], 16)
            if (behind := newest - line["head"]) > LAG_BLOCKS:
                found.down.append(Problem(f"{each.node.name} is {behind} blocks behind another node", "Check it."))
        else:
            line["problem"] = str(head)
            kind = found.wrong if isinstance(head, WrongChain) else found.down
            kind.append(Problem(f"{each.node.name}: {head}", "Check it, or remove it from BLOCKCHAIN_NODE_URLS."))
        found.shown.append(line)
    return best, found


def _head(registry: Registry) -> dict[str, Any] | ChainError:
    wanted = registry.deployment.chain_id
    try:
        head, chain_id = registry.node.block("latest"), registry.node.chain_id()
        if head is None:
            raise ChainUnavailable("the node has no latest block")
        if chain_id != wanted:
            raise WrongChain(f"the node is on chain {chain_id}, the deployment on chain {wanted}")
    except ChainError as error:
        return error
    return head
