"""JSON-RPC to one node.

Not through web3.py: for logs its middlewares are 15 to 75 times slower, they hide which error came, and its transport
has no total time.
"""

import functools
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, ParamSpec, TypeVar

import requests
from requests.auth import AuthBase

from blockchain.chain.answers import OddAnswer, answer_checked
from blockchain.chain.breaker import Breaker, TimedOut
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.limits import Limit
from blockchain.chain.standing import Standing
from blockchain.chain.transport import Refused, Transport
from blockchain.common.redaction import redact, redacted_url

# JSON-RPC codes that say "not now": limit exceeded (EIP-1474), resource unavailable; rates of Alchemy and of others.
TRANSIENT_CODES = frozenset({-32005, -32002, 429, -32016})
# HTTP statuses that say the same; any other may be about what was asked.
TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})
# Methods that answer null for what is not there (yet); from any other it means that the node is not well.
NULLABLE = frozenset(
    {
        "eth_getBlockByNumber",
        "eth_getBlockByHash",
        "eth_getTransactionReceipt",
        "eth_getTransactionByHash",
        # Advice, which not every node gives.
        "eth_feeHistory",
        "eth_maxPriorityFeePerGas",
    }
)
# Requests in one batch. Some providers accept fewer, which their answers show.
BATCH_LENGTH = 100

Call = tuple[str, list[Any]]
P = ParamSpec("P")
T = TypeVar("T")


class _RequestRefused(ChainUnavailable):
    """The node refuses the whole HTTP request, perhaps because of what is in it."""


def _judged(ask: Callable[P, T]) -> Callable[P, T]:
    """Counts what the node does not answer as a fault of its."""

    @functools.wraps(ask)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return ask(*args, **kwargs)
        except ChainUnavailable:
            args[0].standing.fault()  # type: ignore[attr-defined]
            raise

    return inner


class Node:
    """One node. Raises `ChainUnavailable` when it does not answer, `NodeError` when it answers with an error."""

    def __init__(
        self,
        *,
        url: str,
        headers: dict[str, str] | None = None,
        auth: AuthBase | None = None,
        timeout: float = 10.0,
        breaker: Breaker | None = None,
    ) -> None:
        """`auth`: as `requests` takes it. `timeout` in seconds, for connecting and for reading each. `breaker`: keeps
        from asking a node that hangs.
        """
        self._name = redacted_url(url)
        self._timeout, self._breaker = timeout, breaker
        self._batch_limit = Limit(BATCH_LENGTH)
        # Whether `eth_call` takes the hash of a block (EIP-1898), as far as known.
        self._takes_hashes = True
        # Which of several nodes is asked.
        self.standing = Standing()
        self._limits: dict[tuple[str, int], Limit] = {}
        self._transport = Transport(url=url, headers=headers, auth=auth, timeout=timeout)

    @property
    def name(self) -> str:
        """Scheme, host and port of its URL, which hold no secret."""
        return self._name

    def __repr__(self) -> str:
        return f"Node({self._name})"

    @_judged
    def request(self, method: str, *params: Any) -> Any:
        """The result of one request."""
        return self._result(method, self._send(lambda: self._transport.ask(method, params)))

    @_judged
    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many requests, in their order; an error of one is a `NodeError` in its place.

        `eth_call` may name a block by `{"blockHash": ...}` (EIP-1898), also where the node does not take that.
        """
        by_hash = {index: block_hash for index, call in enumerate(calls) if (block_hash := _block_hash(call))}
        if not by_hash:
            return self._batch(calls)
        others = [call for index, call in enumerate(calls) if index not in by_hash]
        results = self._batch(calls) if self._takes_hashes else self._batch(others)
        if not self._takes_hashes:
            rest = iter(results)
            unsaid = NodeError(code=0, message="the node does not have the state of this block")
            results = [unsaid if index in by_hash else next(rest) for index in range(len(calls))]
        for block_hash in set(by_hash.values()):
            wanted = [index for index, named in by_hash.items() if named == block_hash and _is_refused(results[index])]
            answers = self._at_number([calls[index] for index in wanted], block_hash) if wanted else []
            for index, answer in zip(wanted, answers, strict=False):
                results[index] = answer
        return results

    def _at_number(self, calls: Sequence[Call], block_hash: str) -> list[Any]:
        """The results of calls in the block with this hash, by its number; none if it is not there all the time."""
        header = self._single("eth_getBlockByHash", [block_hash, False])
        if not isinstance(header, dict):
            return []
        block: Call = "eth_getBlockByNumber", [header["number"], False]
        before, *results, after = self._batch(
            [block, *((name, [params[0], block[1][0]]) for name, params in calls), block]
        )
        if not all(isinstance(each, dict) and each["hash"] == block_hash for each in (before, after)):
            return []
        self._takes_hashes = self._takes_hashes and all(_is_refused(result) for result in results)
        return results

    def _batch(self, calls: Sequence[Call]) -> list[Any]:
        results: list[Any] = []
        while len(results) < len(calls):
            some = calls[len(results) : len(results) + self._batch_limit.value]
            if len(some) == 1:
                results.append(self._single(*some[0]))
                continue
            try:
                responses = self._send(functools.partial(self._transport.ask_all, some))
            except _RequestRefused:
                responses = None
            if not isinstance(responses, list) or len(responses) != len(some):
                # Nodes have a hundred ways to say that it is too long, some of which otherwise mean "not now".
                self._batch_limit.refused(len(some))
                continue
            for (method, _), response in zip(some, self._ordered(responses), strict=True):
                try:
                    results.append(self._result(method, response))
                except NodeError as error:
                    results.append(error)
        return results

    def batch_strict(self, calls: Sequence[Call]) -> list[Any]:
        """As `batch`, but raises the first `NodeError` among the results."""
        results = self.batch(calls)
        for result in results:
            if isinstance(result, NodeError):
                raise result
        return results

    def _single(self, method: str, params: list[Any]) -> Any:
        try:
            return self.request(method, *params)
        except NodeError as error:
            return error
        except ChainUnavailable:
            # Then the length of the batch was not the reason.
            self._batch_limit.reset()
            raise

    def _ordered(self, responses: list[Any]) -> list[Any]:
        """By id, which some nodes give as text."""
        try:
            numbers = [int(response["id"]) for response in responses]
        except (TypeError, ValueError, KeyError, OverflowError):
            numbers = []
        if len(set(numbers)) != len(responses):
            raise ChainUnavailable(f"{self._name} does not say which answer belongs to which request")
        return [response for _, response in sorted(zip(numbers, responses, strict=True), key=lambda pair: pair[0])]

    def limit(self, what: str, most: int) -> Limit:
        """What this node was found to accept of something, `most` at most."""
        return self._limits.setdefault((what, most), Limit(most))

    def chain_id(self) -> int:
        return int(self.request("eth_chainId"), 16)

    def block(self, block: str | int) -> dict[str, Any] | None:
        """The header of a block by tag or number; None if there is none (yet)."""
        result: dict[str, Any] | None = self.request("eth_getBlockByNumber", quantity(block), False)
        if result is not None and not (isinstance(result, dict) and {"hash", "number", "timestamp"} <= result.keys()):
            raise ChainUnavailable(f"{self._name} returned no header for block {block}")
        return result

    def code(self, address: str) -> bytes:
        return bytes.fromhex(self.request("eth_getCode", address, "latest")[2:])

    def call(self, *, to: str, data: str, block: str | dict[str, str] = "latest", gas: int | None = None) -> bytes:
        """`eth_call`; `block` is a tag, or `{"blockHash": ...}` (EIP-1898); `gas`: as much as the node allows."""
        transaction = {"to": to, "data": data} | ({"gas": hex(gas)} if gas is not None else {})
        (result,) = self.batch_strict([("eth_call", [transaction, block])])
        return bytes.fromhex(result[2:])

    def receipts(self, tx_hashes: Sequence[str]) -> list[dict[str, Any] | None]:
        """Receipts by hash, in order; None where there is none (yet)."""
        return self.batch_strict([("eth_getTransactionReceipt", [tx_hash]) for tx_hash in tx_hashes])

    def transaction_count(self, address: str, block: str = "latest") -> int:
        return int(self.request("eth_getTransactionCount", address, block), 16)

    def balance(self, address: str) -> int:
        """wei."""
        return int(self.request("eth_getBalance", address, "latest"), 16)

    def _busy(self, error: dict[str, Any]) -> None:
        """Raises `ChainUnavailable` for an error that says "not now"."""
        if _code(error.get("code")) in TRANSIENT_CODES:
            message = redact(str(error.get("message", "")))[:300]
            raise ChainUnavailable(f"{self._name} is refusing requests for now: {message}")

    def _send(self, send: Callable[[], Any]) -> Any:
        with self._breaker.asking() if self._breaker is not None else nullcontext():
            started = time.monotonic()
            try:
                return send()
            except Refused as error:
                raise self._refusal(error) from None
            except (requests.RequestException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                # Also answers that are no JSON-RPC at all. The text of these errors may have the URL in it.
                hung = isinstance(error, requests.Timeout) or time.monotonic() - started >= self._timeout
                kind = TimedOut if hung else ChainUnavailable
                raise kind(f"{self._name} does not answer ({type(error).__name__})") from None

    def _refusal(self, refused: Refused) -> ChainUnavailable:
        kind = ChainUnavailable if refused.status in TRANSIENT_STATUSES else _RequestRefused
        reason = redact(refused.body)[:200].strip()
        return kind(f"{self._name} answers with HTTP status {refused.status}: {reason or 'nothing'}")

    def _result(self, method: str, response: Any) -> Any:
        if not isinstance(response, dict) or ("error" not in response and "result" not in response):
            raise ChainUnavailable(f"{self._name} does not speak JSON-RPC")
        if error := response.get("error"):
            if not isinstance(error, dict):
                error = {"message": str(error)}
            self._busy(error)
            message = redact(str(error.get("message", "")))[:300]
            raise NodeError(code=_code(error.get("code")), message=message, data=error.get("data"))
        if response.get("result") is None:
            if method not in NULLABLE:
                raise ChainUnavailable(f"{self._name} returned nothing for {method}")
            return None
        try:
            return answer_checked(method, response.get("result"))
        except OddAnswer as error:
            raise ChainUnavailable(f"{self._name} returned an unusable answer to {method}: {error}") from None


def _block_hash(call: Call) -> str:
    """The hash of the block in which a contract is called; empty if it is not named by its hash."""
    method, params = call
    block = params[1] if method == "eth_call" and len(params) > 1 else None
    return str(block.get("blockHash", "")) if isinstance(block, dict) else ""


def _is_refused(result: Any) -> bool:
    """Whether it is an error, other than the contract's own."""
    return isinstance(result, NodeError) and not isinstance(result.data, str)


def _code(value: Any) -> int:
    """An error's code; 0 where it is none. Some nodes give it as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def quantity(block: str | int) -> str:
    """A block number as JSON-RPC wants it; tags stay."""
    return block if isinstance(block, str) else hex(block)
