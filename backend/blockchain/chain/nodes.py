"""The nodes of `BLOCKCHAIN_NODE_URLS`, and which of them is asked.

All that belongs together is asked of one node: what one node says is never combined with what another one says. So a
caller takes the best node at its beginning, and stays with it. With one node, nothing here costs a request.
"""

import functools
from collections.abc import Iterator, Sequence

from blockchain.chain.breaker import Breaker
from blockchain.chain.node import Node
from blockchain.common.backends import backend_new
from blockchain.conf import settings

SOCKETS = ("ws://", "wss://")
# Faults by which another node has to be better to be asked instead: a first fault is enough, an old one is not.
CLEARLY = 0.5


class Nodes:
    """Some nodes of one chain, in the order in which they are preferred."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Raises `ValueError` if there are none."""
        if not nodes:
            raise ValueError("BLOCKCHAIN_NODE_URLS names no node")
        self._nodes = tuple(nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def best(self) -> Node:
        """The first one, as long as it answers no worse than the others."""
        if len(self._nodes) == 1:
            return self._nodes[0]
        right = [node for node in self._nodes if not node.standing.is_wrong] or self._nodes
        least = min(node.standing.faults for node in right)
        return next(node for node in right if node.standing.faults < least + CLEARLY)

    def ordered(self) -> list[Node]:
        """All that are not known to be on another chain, the best first."""
        best = self.best()
        right = [node for node in self._nodes if node is not best and not node.standing.is_wrong]
        return [best, *sorted(right, key=lambda node: node.standing.faults)]

    def others(self, node: Node) -> list[Node]:
        """All but `node`, the best first; none on another chain."""
        return [other for other in self.ordered() if other is not node]


def nodes_new(*, timeout: float | None = None, breakers: Sequence[Breaker] | None = None) -> Nodes:
    """Connections to the nodes of `BLOCKCHAIN_NODE_URLS`, each with its authentication by `BLOCKCHAIN_NODE_AUTH`.

    `timeout` in seconds, else `BLOCKCHAIN_RPC_TIMEOUT`. Raises `ChainUnavailable` if an authentication lacks a package.
    """
    urls = node_urls()
    auths = [*settings.BLOCKCHAIN_NODE_AUTH, *[None] * len(urls)]
    return Nodes(
        [
            Node(
                url=url,
                auth=backend_new(auth, setting="BLOCKCHAIN_NODE_AUTH") if auth else None,
                timeout=timeout or settings.BLOCKCHAIN_RPC_TIMEOUT,
                breaker=breakers[index] if breakers else None,
            )
            for index, (url, auth) in enumerate(zip(urls, auths, strict=False))
        ]
    )


def node_urls() -> list[str]:
    """The URLs for requests."""
    return [url for url in settings.BLOCKCHAIN_NODE_URLS if not url.startswith(SOCKETS)]


def socket_urls() -> list[str]:
    """The URLs of sockets that tell of new blocks."""
    return [url for url in settings.BLOCKCHAIN_NODE_URLS if url.startswith(SOCKETS)]


@functools.cache
def nodes() -> Nodes:
    """The nodes of this process, for whoever can wait."""
    return nodes_new()


@functools.cache
def breakers() -> tuple[Breaker, ...]:
    """For each node, what all requests of this process share that ask it."""
    return tuple(Breaker() for _ in node_urls())


@functools.cache
def nodes_of_requests() -> Nodes:
    """The nodes of this process, for requests: while one hangs, they are not kept waiting for it."""
    return nodes_new(breakers=breakers())
