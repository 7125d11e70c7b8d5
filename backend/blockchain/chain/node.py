"""JSON-RPC to one node, through web3.py's transport.

Raw requests, not web3.py's middlewares: for logs they are 15 to 75 times slower, and they hide which error came.
"""

import functools
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import requests
from web3 import HTTPProvider
from web3.types import RPCEndpoint

from blockchain.chain.answers import OddAnswer, answer_checked
from blockchain.chain.breaker import Breaker, TimedOut
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.common.redaction import redact, redacted_url
from blockchain.conf import settings

# JSON-RPC codes that say "not now": limit exceeded (EIP-1474), resource unavailable.
TRANSIENT_CODES = frozenset({-32005, -32002})
# Methods that answer null for what is not there (yet); from any other it means that the node is not well.
NULLABLE = frozenset(
    {
        "eth_getBlockByNumber",
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


class Node:
    """One node. Raises `ChainUnavailable` when it does not answer, `NodeError` when it answers with an error."""

    def __init__(
        self,
        *,
        url: str,
        headers: dict[str, str] | None = None,
        timeout: float = 10.0,
        breaker: Breaker | None = None,
    ) -> None:
        """`timeout` in seconds, for connecting and for reading each. `breaker`: keeps from asking a node that hangs."""
        self._name = redacted_url(url)
        self._timeout, self._breaker = timeout, breaker
        self._batch_length = BATCH_LENGTH
        self._provider = HTTPProvider(
            url,
            request_kwargs={
                "timeout": timeout,
                "headers": {**HTTPProvider.get_request_headers(), **(headers or {})},
                # A redirect could send the header with our key elsewhere.
                "allow_redirects": False,
            },
            exception_retry_configuration=None,
        )

    def __repr__(self) -> str:
        return f"Node({self._name})"

    def request(self, method: str, *params: Any) -> Any:
        """The result of one request."""
        return self._result(method, self._send(lambda: self._provider.make_request(RPCEndpoint(method), list(params))))

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many requests, in their order; an error of one is a `NodeError` in its place."""
        results: list[Any] = []
        while len(results) < len(calls):
            some = calls[len(results) : len(results) + self._batch_length]
            if len(some) == 1:
                results.append(self._single(*some[0]))
                continue
            chunk = [(RPCEndpoint(method), params) for method, params in some]
            responses = self._send(functools.partial(self._provider.make_batch_request, chunk))
            if not isinstance(responses, list) or len(responses) != len(chunk):
                self._batch_refused(responses, len(chunk))
                continue
            if not all(isinstance(response, dict) and response.get("id") is not None for response in responses):
                raise ChainUnavailable(f"{self._name} does not say which answer belongs to which request")
            for (method, _), response in zip(some, responses, strict=True):
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
        return bytes.fromhex(self.request("eth_call", transaction, block)[2:])

    def receipts(self, tx_hashes: Sequence[str]) -> list[dict[str, Any] | None]:
        """Receipts by hash, in order; None where there is none (yet)."""
        return self.batch_strict([("eth_getTransactionReceipt", [tx_hash]) for tx_hash in tx_hashes])

    def transaction_count(self, address: str, block: str = "latest") -> int:
        return int(self.request("eth_getTransactionCount", address, block), 16)

    def balance(self, address: str) -> int:
        """wei."""
        return int(self.request("eth_getBalance", address, "latest"), 16)

    def _batch_refused(self, response: Any, length: int) -> None:
        """Goes on with shorter batches, down to single requests, unless the node is merely busy."""
        if isinstance(response, dict) and isinstance(error := response.get("error"), dict):
            self._busy(error)
        self._batch_length = length // 2

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
            except (requests.RequestException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                # Also answers that are no JSON-RPC at all. The text of these errors may have the URL in it.
                hung = isinstance(error, requests.Timeout) or time.monotonic() - started >= self._timeout
                kind = TimedOut if hung else ChainUnavailable
                raise kind(f"{self._name} does not answer ({type(error).__name__})") from None

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


def _code(value: Any) -> int:
    """An error's code; 0 where it is none. Some nodes give it as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def quantity(block: str | int) -> str:
    """A block number as JSON-RPC wants it; tags stay."""
    return block if isinstance(block, str) else hex(block)


def node_new(*, timeout: float | None = None, breaker: Breaker | None = None) -> Node:
    """A connection to the node of `BLOCKCHAIN_NODE_URL`, with its header if it wants one.

    `timeout` in seconds, else `BLOCKCHAIN_RPC_TIMEOUT`.
    """
    name, _, value = settings.BLOCKCHAIN_NODE_HEADER.partition(":")
    headers = {name.strip(): value.strip()} if value else {}
    timeout = timeout or settings.BLOCKCHAIN_RPC_TIMEOUT
    return Node(url=settings.BLOCKCHAIN_NODE_URL, headers=headers, timeout=timeout, breaker=breaker)


@functools.cache
def node() -> Node:
    """The node of this process, for whoever can wait."""
    return node_new()


@functools.cache
def breaker() -> Breaker:
    """What all requests of this process share that ask the node."""
    return Breaker()


@functools.cache
def node_of_requests() -> Node:
    """The node of this process, for requests: while it hangs, they are not kept waiting for it."""
    return node_new(breaker=breaker())
