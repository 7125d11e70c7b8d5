"""The local chain: transactions, calls, traces, and a clock that only the test moves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.rpc import Rpc, RpcError

GAS_LIMIT = 16_000_000  # below the 16,777,216 that a transaction may use since Osaka

# The first block's time, seconds: so far ahead that no machine's clock has passed it, the same in every run, and far
# enough from 2^32 that a deadline can lie 3,650 days ahead.
BASE_TIME = 3_000_000_000

SETTLE_TIMEOUT = 20.0  # seconds
LARGE_GAS = 1_000_000

JsonDict = dict[str, Any]
Observer = Callable[[str, JsonDict], None]


@dataclass(frozen=True)
class Receipt:
    """What a mined transaction left."""

    transaction_hash: str
    succeeded: bool
    gas_used: int
    block_number: int
    timestamp: int
    logs: tuple[JsonDict, ...]
    contract_address: str | None


class Node:
    """One anvil. Each block is one second after the one before, unless a test says otherwise."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.transactions = 0
        self._large = False  # the last transaction was
        # Called with "transaction" (its receipt) or "call" (its request), for coverage and the like.
        self.observers: list[Observer] = []

    def start_clock(self) -> None:
        """Makes time a function of what the tests do, not of the machine's clock."""
        self.rpc("anvil_setBlockTimestampInterval", 1)
        if self.time < BASE_TIME:
            self.rpc("evm_setNextBlockTimestamp", BASE_TIME)
            self.rpc("evm_mine")

    @property
    def time(self) -> int:
        """Timestamp of the latest block, seconds."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def next_block_at(self, timestamp: int) -> None:
        """The next block, which the next transaction mines, has this time."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)

    def warp(self, timestamp: int) -> None:
        """Mines an empty block at this time."""
        self.next_block_at(timestamp)
        self.rpc("evm_mine")

    @property
    def chain_id(self) -> int:
        return int(self.rpc("eth_chainId"), 16)

    def snapshot(self) -> str:
        return self.rpc("evm_snapshot")

    def revert(self, snapshot: str) -> None:
        """Back to the snapshot, which is used up by it."""
        self._settle()
        if self.rpc("evm_revert", snapshot) is not True:
            raise RuntimeError(f"snapshot {snapshot} could not be restored")

    def _settle(self) -> None:
        """Waits until the pool has let go of what was mined.

        The receipt comes a moment earlier. When a snapshot is restored in between, the pool throws the sender's next
        transaction out instead: it has the same nonce, and is never mined.
        """
        give_up = time.monotonic() + SETTLE_TIMEOUT
        while int(self.rpc("txpool_status")["pending"], 16):
            if time.monotonic() > give_up:
                raise RuntimeError("transactions are left in the pool")
            time.sleep(0.001)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        snapshot = self.snapshot()
        try:
            yield
        finally:
            self.revert(snapshot)

    def send(
        self, sender: str, to: str | None, data: bytes, *, value: int = 0, gas: int = GAS_LIMIT, at: int | None = None
    ) -> Receipt:
        """Mines one transaction, reverting or not. `value` in wei; `at`: its block's time, seconds."""
        if at is not None:
            self.next_block_at(at)
        request: JsonDict = {"from": sender, "data": "0x" + data.hex(), "gas": hex(gas), "value": hex(value)}
        if to is not None:
            request["to"] = to
        if self._large:
            # The pool lets go of a large transaction late, and loses what comes before.
            self._settle()
        raw = self.rpc("eth_sendTransactionSync", request)
        self.transactions += 1
        self._large = int(raw["gasUsed"], 16) > LARGE_GAS
        receipt = Receipt(
            transaction_hash=raw["transactionHash"],
            succeeded=int(raw["status"], 16) == 1,
            gas_used=int(raw["gasUsed"], 16),
            block_number=int(raw["blockNumber"], 16),
            timestamp=raw["blockTimestamp"],  # anvil adds it, as a number
            logs=tuple(raw["logs"]),
            contract_address=raw.get("contractAddress"),
        )
        self._observe("transaction", raw)
        return receipt

    def call(self, to: str, data: bytes, *, sender: str | None = None, at: int | None = None) -> tuple[bool, bytes]:
        """Whether an `eth_call` succeeded, and what it returned or reverted with. `at`: the block's time, seconds."""
        request: JsonDict = {"to": to, "data": "0x" + data.hex()}
        if sender is not None:
            request["from"] = sender
        self._observe("call", request)
        overrides = [{}, {"time": hex(at)}] if at is not None else []
        try:
            return True, bytes.fromhex(self.rpc("eth_call", request, "latest", *overrides)[2:])
        except RpcError as error:
            if not isinstance(error.data, str):
                raise
            return False, bytes.fromhex(error.data[2:])

    def output(self, transaction_hash: str) -> bytes:
        """What the outermost call of a mined transaction returned or reverted with."""
        trace = self.trace(transaction_hash, tracer="callTracer", tracerConfig={"onlyTopCall": True})
        return bytes.fromhex(trace.get("output", "0x")[2:])

    def trace(self, transaction_hash: str, **options: Any) -> JsonDict:
        """`debug_traceTransaction`."""
        return self.rpc("debug_traceTransaction", transaction_hash, options)

    def storage(self, address: str, slot: int) -> int:
        return int(self.rpc("eth_getStorageAt", address, hex(slot), "latest"), 16)

    def set_storage(self, address: str, slot: int, value: int) -> None:
        self.rpc("anvil_setStorageAt", address, hex(slot), "0x" + value.to_bytes(32).hex())

    def code(self, address: str) -> bytes:
        return bytes.fromhex(self.rpc("eth_getCode", address, "latest")[2:])

    def balance(self, address: str) -> int:
        """Wei."""
        return int(self.rpc("eth_getBalance", address, "latest"), 16)

    def set_balance(self, address: str, wei: int) -> None:
        self.rpc("anvil_setBalance", address, hex(wei))

    def _observe(self, kind: str, payload: JsonDict) -> None:
        for observer in self.observers:
            observer(kind, payload)
