"""The public figures at the block up to which events were read, counted once per block and at most once a minute."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.cache import BaseCache, caches

from blockchain.chain.contract import Registry, registry_of_requests
from blockchain.common.errors import NAMESPACE, UnavailableError
from blockchain.models import ScanCursor
from blockchain.protocol.hashing import hex0x
from blockchain.statistics import counting
from blockchain.statistics.asking import BlockAnswer, block_ask
from blockchain.statistics.filings import Filings, filings_read, places_are_unique

COMPLETE: Final = "complete"
NOT_COMPLETE: Final = "not-complete"
NOT_COMPARED: Final = "not-compared"

# Seconds for which figures are published without a look at the cursor; a few, unless they are known to be complete.
FRESH_SECONDS: Final = 60
RETRY_SECONDS: Final = 10
# Seconds after which the same block is counted again, so that altered rows are noticed on a chain without blocks.
KEPT_SECONDS: Final = 600
# The indexer moves on while rows are counted; a count takes less time than a block.
TRIES: Final = 3
KEY: Final = "blockchain-statistics"
# The cache of all web workers, if the project has one: else each of them publishes the figures of its own last count.
SHARED: Final = "shared"

_counting = threading.Lock()


class StatisticsUnavailable(UnavailableError):
    """No block has been read yet, or the indexer moved on during each count."""

    type_ = f"{NAMESPACE}statistics-unavailable"
    title = "Statistics unavailable"
    public = "The events of the chain are being read. Please try again later."


@dataclass(frozen=True, kw_only=True)
class Published:
    """The figures as JSON, and the seconds for which anyone may keep them."""

    figures: dict[str, Any]
    max_age: int


def statistics_published() -> Published:
    """The newest figures. Raises `ArtifactError` and `StatisticsUnavailable`; a dead node is told in the figures."""
    found = _kept(KEY)
    if found is not None:
        return found
    # One request of each process counts, and the others wait for its result. The first process to finish is right.
    with _counting:
        found = _kept(KEY)
        if found is None:
            counted = _published()
            _keep(KEY, counted, counted.max_age)
            found = _kept(KEY) or counted
    return found


def _published() -> Published:
    contract = registry_of_requests()
    key = f"{KEY}:{contract.address}:{_cursor(contract).block_hash}"
    known = _kept(key)
    if known is not None:
        return known
    for _ in range(TRIES):
        cursor = _cursor(contract)
        figures = _figures(contract, cursor)
        after = _cursor(contract)
        if (after.block_number, after.block_hash) == (cursor.block_number, cursor.block_hash):
            break
    else:
        raise StatisticsUnavailable("the cursor moved during each count")
    if figures["completeness"]["verdict"] != COMPLETE:
        return Published(figures=figures, max_age=RETRY_SECONDS)
    published = Published(figures=figures, max_age=FRESH_SECONDS)
    _keep(f"{KEY}:{contract.address}:{cursor.block_hash}", published, KEPT_SECONDS)
    return published


def _cache() -> BaseCache:
    return caches[SHARED if SHARED in settings.CACHES else "default"]


def _kept(key: str) -> Published | None:
    found = None
    # A cache in files may be out of reach: then each request counts.
    with suppress(OSError):
        found = _cache().get(key)
    return None if found is None else Published(**found)


def _keep(key: str, published: Published, seconds: int) -> None:
    """Keeps it unless somebody else has done so."""
    with suppress(OSError):
        # Without classes of ours, which another version of the program may not know.
        _cache().add(key, {"figures": published.figures, "max_age": published.max_age}, seconds)


def _cursor(contract: Registry) -> ScanCursor:
    deployment = contract.deployment
    cursor = ScanCursor.find(chain_id=deployment.chain_id, address=deployment.address)
    if cursor is None:
        raise StatisticsUnavailable("no block of this chain has been read yet")
    return cursor


def _figures(contract: Registry, cursor: ScanCursor) -> dict[str, Any]:
    deployment = contract.deployment
    answer = block_ask(contract=contract, cursor=cursor)
    filings = filings_read()
    rows = counting.rows_count()
    return {
        "chain_id": deployment.chain_id,
        "contract": deployment.address.lower(),
        "block": {"number": cursor.block_number, "hash": cursor.block_hash, "time": answer.time if answer else None},
        "completeness": _completeness(answer, filings, rows),
        "filed": filings.count,
        "registry_chain": hex0x(filings.chain),
        "statuses": counting.statuses_count(),
        "overdue": counting.overdue_count(at=answer.time, rules=deployment.rules) if answer else None,
        "months": counting.months_count(),
    }


def _completeness(answer: BlockAnswer | None, filings: Filings, rows: counting.Rows) -> dict[str, str]:
    if (filings.count, rows.links) != (rows.complaints, rows.links_of_states):
        return _verdict(NOT_COMPLETE, "The events that were read do not fit together: some are missing or surplus.")
    if answer is None or answer.registry is None:
        return _verdict(NOT_COMPARED, "The blockchain node is currently unavailable, or lacks the state of this block.")
    if filings.count != answer.registry.count:
        count = answer.registry.count
        return _verdict(NOT_COMPLETE, f"The contract has {count} filings, and {filings.count} were read.")
    if filings != answer.registry and not places_are_unique():
        return _verdict(NOT_COMPARED, "The node that told the events does not tell their order in a block.")
    if filings != answer.registry:
        return _verdict(NOT_COMPLETE, "The filings that were read are not those of the contract.")
    if rows.uncompared:
        return _verdict(
            NOT_COMPARED, f"Complaints whose entries were not compared with the contract: {rows.uncompared}."
        )
    return _verdict(COMPLETE, "")


def _verdict(verdict: str, reason: str) -> dict[str, str]:
    return {"verdict": verdict, "reason": reason}
