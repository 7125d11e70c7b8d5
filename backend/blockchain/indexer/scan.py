"""Reads links from ranges of blocks that a provider may limit: halve on an error, double on success."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from blockchain.chain.bloom import Bloom
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Call
from blockchain.conf import settings
from blockchain.protocol.links import LINK_APPENDED, Link, LogError, links_of_logs

# Links of one range, about: what is held in memory and saved in one transaction.
LINKS_WANTED = 4_000
# Blocks of the first range, before it is known how dense they are.
FIRST_RANGE = 10
# How far a node behind a load balancer may lag behind another one. Such a node answers for blocks that it does not have
# as if they were empty; of so many newest blocks each header is read, which tells what logs to expect.
CHECKED_BLOCKS = 64


class Range(NamedTuple):
    """What was read of some blocks. `hashes`: of those of them whose header was read, by number."""

    number: int
    block_hash: str
    links: list[Link]
    hashes: dict[int, str]


class Scanner:
    """Reads ranges, and remembers the ranges that the provider accepts."""

    def __init__(self, registry: Registry, *, complaint_ids: Sequence[str] = ()) -> None:
        """Only links of `complaint_ids` (`0x` hex), or all if there are none."""
        self.registry, self.node = registry, registry.node
        topics: list[Any] = [LINK_APPENDED, list(complaint_ids)] if complaint_ids else [LINK_APPENDED]
        self.filter: dict[str, Any] = {"address": registry.address, "topics": topics}
        # With a filter, blocks without links are normal.
        self.bloom = None if complaint_ids else Bloom.of(registry.address, LINK_APPENDED)
        self.span = min(FIRST_RANGE, settings.BLOCKCHAIN_SCAN_RANGE)
        # The smallest range that the provider refused, or more than is allowed: never asked for.
        self.ceiling = settings.BLOCKCHAIN_SCAN_RANGE + 1

    def read(self, first: int, last: int, *, parent_hash: str | None = None) -> Iterator[Range]:
        """Yields range by range until `last` is read.

        Each range continues the one before it; the first one the block with `parent_hash`, if that is given. Raises
        `ChainUnavailable` if the provider refuses even a single block, or answers what can't be of one chain.
        """
        checked_from = last - CHECKED_BLOCKS + 1
        while first <= last:
            end = min(first + self.span - 1, last)
            if first < checked_from <= end:
                end = checked_from - 1
            try:
                read = self._checked if first >= checked_from else self._deep
                found = read(first, end, parent_hash)
            except (NodeError, ChainUnavailable) as error:
                self._narrow(first, end, error)
                continue
            yield found
            first, parent_hash = end + 1, found.block_hash
            if len(found.links) > LINKS_WANTED:
                self.span = max(1, self.span // 2)
            elif len(found.links) < LINKS_WANTED // 2:
                self.span = max(1, min(self.span * 2, self.ceiling - 1))

    def _narrow(self, first: int, last: int, error: NodeError | ChainUnavailable) -> None:
        """Halves the range. No error tells whether it was too wide: nodes have a hundred ways to say so."""
        length = last - first + 1
        if length == 1:
            raise ChainUnavailable(f"the node refuses logs of block {first}: {error}") from None
        if isinstance(error, ChainUnavailable):
            # Is the node at fault, or the request?
            self.node.block(first)
        self.ceiling = min(self.ceiling, length)
        self.span = max(1, length // 2)

    def _deep(self, first: int, last: int, parent_hash: str | None) -> Range:
        """A range that every node has had for a long time."""
        block = _header(last)
        # As long as the last block stays the same, so do all before it.
        calls = [block, self._logs(first, last), _header(max(0, first - 1)), block]
        before, logs, parent, after = self.node.batch_strict(calls)
        if before is None or after is None or before["hash"] != after["hash"]:
            raise ChainUnavailable(f"block {last} changed while it was read")
        if parent is None or (parent_hash is not None and parent["hash"] != parent_hash):
            raise ChainUnavailable(f"block {first - 1} was replaced while those after it were read")
        return Range(last, after["hash"], self._links(logs), {last: after["hash"]})

    def _checked(self, first: int, last: int, parent_hash: str | None) -> Range:
        """A range whose blocks are all checked by hash, so several nodes may answer."""
        numbers = range(first, last + 1)
        logs, *headers = self.node.batch_strict([self._logs(first, last), *(_header(number) for number in numbers)])
        links = self._links(logs)
        hashes = {}
        for number, header in zip(numbers, headers, strict=True):
            if header is None or (parent_hash is not None and header["parentHash"] != parent_hash):
                raise ChainUnavailable(f"block {number} does not follow the one before it: nodes differ")
            parent_hash = hashes[number] = header["hash"]
        for link in links:
            if hashes.get(link.block_number) != link.block_hash:
                raise ChainUnavailable(f"a log is of another block {link.block_number}: nodes differ")
        links += self._missed(headers, {link.block_number for link in links})
        return Range(last, hashes[last], links, hashes)

    def _missed(self, headers: list[dict[str, Any]], found: set[int]) -> list[Link]:
        """Links of blocks that were answered as empty, and whose headers may say otherwise."""
        if self.bloom is None:
            return []
        doubtful = [
            header["hash"]
            for header in headers
            if int(header["number"], 16) not in found and self.bloom.may_be_in(header.get("logsBloom"))
        ]
        # By hash, so that a node that does not have the block says so.
        answers = self.node.batch_strict([("eth_getLogs", [{**self.filter, "blockHash": each}]) for each in doubtful])
        return [link for logs in answers for link in self._links(logs)]

    def _logs(self, first: int, last: int) -> Call:
        return "eth_getLogs", [{**self.filter, "fromBlock": hex(first), "toBlock": hex(last)}]

    def _links(self, logs: Any) -> list[Link]:
        try:
            return links_of_logs(logs, address=self.registry.address)
        except LogError as error:
            raise ChainUnavailable(str(error)) from None


def prefetched(ranges: Iterator[Range]) -> Iterator[Range]:
    """Yields ranges; while one is being stored, the next is read. Errors come in the place of the range."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="scan") as reader:
        following = reader.submit(next, ranges, None)
        while (current := following.result()) is not None:
            following = reader.submit(next, ranges, None)
            yield current


def _header(number: int) -> Call:
    return "eth_getBlockByNumber", [hex(number), False]
