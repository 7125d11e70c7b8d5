"""Reads links from ranges of blocks that a provider may limit: halve on an error, double on success.

What a node refused is remembered with the node, for the next reading too.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from blockchain.chain.bloom import Bloom
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Call
from blockchain.conf import settings
from blockchain.protocol.links import LINK_APPENDED, Link, LogError, links_of_logs
from blockchain.protocol.roles import ROLE_TOPICS, RoleEvent, roles_of_logs

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
    # Changes of roles; none where only some complaints are read.
    roles: list[RoleEvent]


class Inconsistent(ChainUnavailable):
    """Answers that are not of one chain, as of several nodes behind one URL: the range was not the reason."""


class Scanner:
    """Reads ranges, as wide as the node accepts."""

    def __init__(self, registry: Registry, *, complaint_ids: Sequence[str] = ()) -> None:
        """Only links of `complaint_ids` (`0x` hex); or all links, and changes of roles, if there are none."""
        self.registry, self.node = registry, registry.node
        all_topics = (LINK_APPENDED, *ROLE_TOPICS)
        topics: list[Any] = [LINK_APPENDED, list(complaint_ids)] if complaint_ids else [list(all_topics)]
        self.filter: dict[str, Any] = {"address": registry.address, "topics": topics}
        # With a filter, blocks without links are normal.
        self.blooms = () if complaint_ids else tuple(Bloom.of(registry.address, topic) for topic in all_topics)
        # Some limit ranges for a filter of many ids otherwise.
        self.limit = self.node.limit(f"logs{'-of-ids' if complaint_ids else ''}", settings.BLOCKCHAIN_SCAN_RANGE)
        self.span = min(FIRST_RANGE, self.limit.value)

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
                self.span = max(1, min(self.span * 2, self.limit.value))

    def _narrow(self, first: int, last: int, error: NodeError | ChainUnavailable) -> None:
        """Halves the range. No error tells whether it was too wide: nodes have a hundred ways to say so."""
        length = last - first + 1
        if length == 1:
            raise ChainUnavailable(f"the node refuses logs of block {first}: {error}") from None
        if isinstance(error, ChainUnavailable):
            # Is the node at fault, or the request?
            self.node.block(first)
        if not isinstance(error, Inconsistent):
            self.limit.refused(length)
        self.span = max(1, length // 2)

    def _deep(self, first: int, last: int, parent_hash: str | None) -> Range:
        """A range that every node has had for a long time."""
        block = _header(last)
        # As long as the last block stays the same, so do all before it.
        calls = [block, self._logs(first, last), _header(max(0, first - 1)), block]
        before, logs, parent, after = self.node.batch_strict(calls)
        if before is None or after is None or before["hash"] != after["hash"]:
            raise Inconsistent(f"block {last} changed while it was read")
        if parent is None or (parent_hash is not None and parent["hash"] != parent_hash):
            raise Inconsistent(f"block {first - 1} was replaced while those after it were read")
        return Range(last, after["hash"], self._links(logs), {last: after["hash"]}, self._roles(logs))

    def _checked(self, first: int, last: int, parent_hash: str | None) -> Range:
        """A range whose blocks are all checked by hash, so several nodes may answer."""
        numbers = range(first, last + 1)
        logs, *headers = self.node.batch_strict([self._logs(first, last), *(_header(number) for number in numbers)])
        hashes: dict[int, str] = {}
        for number, header in zip(numbers, headers, strict=True):
            if header is None or (parent_hash is not None and header["parentHash"] != parent_hash):
                raise Inconsistent(f"block {number} does not follow the one before it: nodes differ")
            parent_hash = hashes[number] = header["hash"]
        links, roles = self._placed(logs, hashes)
        found = {link.block_number for link in links} | {event.block_number for event in roles}
        missed = self._missed(headers, found)
        missed_links, missed_roles = self._placed(missed, hashes)
        return Range(last, hashes[last], links + missed_links, hashes, roles + missed_roles)

    def _placed(self, logs: Any, hashes: dict[int, str]) -> tuple[list[Link], list[RoleEvent]]:
        """The links and roles, of blocks with these hashes only."""
        links, roles = self._links(logs), self._roles(logs)
        placed: list[Link | RoleEvent] = [*links, *roles]
        for log in placed:
            if hashes.get(log.block_number) != log.block_hash:
                raise Inconsistent(f"a log is of another block {log.block_number}: nodes differ")
        return links, roles

    def _missed(self, headers: list[dict[str, Any]], found: set[int]) -> list[Any]:
        """Logs of blocks that were answered as empty, and whose headers may say otherwise."""
        doubtful = [
            header
            for header in headers
            if int(header["number"], 16) not in found
            and any(bloom.may_be_in(header.get("logsBloom")) for bloom in self.blooms)
        ]
        # By hash, so that a node that does not have the block says so.
        answers = self.node.batch([self._logs_of(header) for header in doubtful])
        refused = next((answer for answer in answers if isinstance(answer, NodeError)), None)
        if refused is not None:
            answers = self._by_number(doubtful, refused)
        return [log for logs in answers for log in logs]

    def _by_number(self, headers: list[dict[str, Any]], refused: NodeError) -> list[Any]:
        """The logs of each block, from a node that gives none by hash (EIP-234), not even of a block that is old."""
        old = self.node.batch_strict([_header(max(0, int(headers[0]["number"], 16) - CHECKED_BLOCKS))])[0]
        if old is None or not isinstance(self.node.batch([self._logs_of(old)])[0], NodeError):
            raise refused
        answers = []
        for header in headers:
            number = int(header["number"], 16)
            same = _header(number)
            before, logs, after = self.node.batch_strict([same, self._logs(number, number), same])
            if any(each is None or each["hash"] != header["hash"] for each in (before, after)):
                raise Inconsistent(f"block {number} changed while it was read")
            answers.append(logs)
        return answers

    def _logs_of(self, header: dict[str, Any]) -> Call:
        return "eth_getLogs", [{**self.filter, "blockHash": header["hash"]}]

    def _logs(self, first: int, last: int) -> Call:
        return "eth_getLogs", [{**self.filter, "fromBlock": hex(first), "toBlock": hex(last)}]

    def _roles(self, logs: Any) -> list[RoleEvent]:
        try:
            return roles_of_logs(logs, address=self.registry.address) if self.blooms else []
        except LogError as error:
            raise ChainUnavailable(str(error)) from None

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
