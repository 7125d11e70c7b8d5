"""Reads links from ranges of blocks that a provider may limit: halve on an error, double on success."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.logs import links_of_logs
from blockchain.commitments.links import Link

SMALLEST_RANGE = 1
# Links of one range, about: what is held in memory and saved in one transaction.
LINKS_WANTED = 4_000
# Blocks of the first range, before it is known how dense they are.
FIRST_RANGE = 10


# The header of the last block, and the links.
Range = tuple[dict[str, Any], list[Link]]


class Scanner:
    """Reads ranges, and remembers what the provider takes."""

    def __init__(self, on: Registry, *, complaint_ids: Sequence[str] = ()) -> None:
        """Only links of `complaint_ids` (`0x` hex), or all if there are none."""
        self.on, self.complaint_ids = on, list(complaint_ids)
        self.span = min(FIRST_RANGE, settings.BLOCKCHAIN_SCAN_RANGE)
        # The smallest range that the provider refused, or more than is allowed: never asked for.
        self.ceiling = settings.BLOCKCHAIN_SCAN_RANGE + 1

    def read(self, first: int, last: int, *, parent_hash: str | None = None) -> Iterator[Range]:
        """Yields the last block's header and the links of each range, until `last` is read.

        Each range continues the one before it; the first one the block with `parent_hash`, if that is given. Raises
        `ChainUnavailable` if the provider refuses even a single block, or a block changed while it was read.
        """
        while first <= last:
            end = min(first + self.span - 1, last)
            try:
                header, links = self._range(first, end, parent_hash)
            except NodeError as error:
                length = end - first + 1
                if length <= SMALLEST_RANGE:
                    raise ChainUnavailable(f"the node refuses logs of block {first}: {error.message}") from None
                self.ceiling = min(self.ceiling, length)
                self.span = max(SMALLEST_RANGE, length // 2)
                continue
            yield header, links
            first, parent_hash = end + 1, header["hash"]
            if len(links) > LINKS_WANTED:
                self.span = max(SMALLEST_RANGE, self.span // 2)
            elif len(links) < LINKS_WANTED // 2:
                self.span = max(SMALLEST_RANGE, min(self.span * 2, self.ceiling - 1))

    def _range(self, first: int, last: int, parent_hash: str | None) -> Range:
        parent_block = ("eth_getBlockByNumber", [hex(max(0, first - 1)), False])
        block = ("eth_getBlockByNumber", [hex(last), False])
        query: dict[str, Any] = {"address": self.on.address, "fromBlock": hex(first), "toBlock": hex(last)}
        if self.complaint_ids:
            query["topics"] = [None, self.complaint_ids]
        # As long as the last block stays the same, so do all before it.
        before, logs, parent, after = self.on.node.batch([block, ("eth_getLogs", [query]), parent_block, block])
        for answer in (before, logs, parent, after):
            if isinstance(answer, NodeError):
                raise answer
        if before is None or after is None or before["hash"] != after["hash"]:
            raise ChainUnavailable(f"block {last} changed while it was read")
        if parent is None or (parent_hash is not None and parent["hash"] != parent_hash):
            raise ChainUnavailable(f"block {first - 1} was replaced while those after it were read")
        return after, links_of_logs(logs, address=self.on.address)


def prefetched(ranges: Iterator[Range]) -> Iterator[Range]:
    """Yields ranges; while one is being stored, the next is read. Errors come in the place of the range."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="scan") as reader:
        following = reader.submit(next, ranges, None)
        while (current := following.result()) is not None:
            following = reader.submit(next, ranges, None)
            yield current
