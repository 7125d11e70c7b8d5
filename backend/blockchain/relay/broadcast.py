"""Gives transactions to all nodes: one that any of them takes can be mined."""

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node
from blockchain.models import Attempt

# For each transaction: None if the node has it, or why it does not take it.
Answers = list[NodeError | None]
# Seconds.
PATIENCE = 2.0


def broadcast(registry: Registry, attempts: Sequence[Attempt]) -> Answers:
    """For each attempt: None if a node has it, or else the refusal by the registry's node, or by another that answers.

    All nodes are given them at the same time; once the registry's own has answered, the others are not waited for
    longer than `PATIENCE`. Raises `ChainUnavailable` if none answers.
    """
    others = registry.nodes.others(registry.node)
    if not others:
        return _given(registry.node, attempts)
    asked = [_pool().submit(_given_or_not, node, attempts) for node in others]
    own = _given_or_not(registry.node, attempts)
    done, _ = wait(asked, timeout=PATIENCE if isinstance(own, list) else None)
    answers = [own, *(each.result() for each in asked if each in done)]
    answered = [each for each in answers if isinstance(each, list)]
    if not answered:
        raise next(each for each in answers if not isinstance(each, list))
    return [None if None in said else said[0] for said in zip(*answered, strict=True)]


@functools.cache
def _pool() -> ThreadPoolExecutor:
    # Kept, since each thread keeps its connections.
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="send")


def _given_or_not(node: Node, attempts: Sequence[Attempt]) -> Answers | ChainUnavailable:
    try:
        return _given(node, attempts)
    except ChainUnavailable as error:
        return error


def _given(node: Node, attempts: Sequence[Attempt]) -> Answers:
    answers = node.batch([("eth_sendRawTransaction", [attempt.raw]) for attempt in attempts])
    failed = [index for index, answer in enumerate(answers) if isinstance(answer, NodeError)]
    # "already known", "nonce too low", "underpriced", ...: it only matters whether the node knows the transaction.
    known = node.batch([("eth_getTransactionByHash", [attempts[index].tx_hash]) for index in failed])
    refused = [index for index, found in zip(failed, known, strict=True) if not isinstance(found, dict)]
    return [answers[index] if index in refused else None for index in range(len(attempts))]
