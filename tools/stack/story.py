"""The demo's output: numbered steps, their results, and the links that they left on the chain."""

import time
from typing import Any

from tools.stack.errors import StepFailed


def short(value: str) -> str:
    """A hash as people compare it: its beginning and its end."""
    return f"{value[:8]}…{value[-6:]}" if len(value) > 20 else value


class Story:
    """Prints one run, and adds up its cost."""

    def __init__(self) -> None:
        self.gas = 0
        self.links = 0
        self.transactions: set[str] = set()
        self._begin = time.monotonic()
        self._steps = 0

    def step(self, title: str) -> None:
        self._steps += 1
        self._say(f"\n{self._steps:2}  {title}")

    def tell(self, what: str) -> None:
        self._say(f"      {what}")

    def check(self, held: bool, what: str, *, but: object = "") -> None:
        """Prints that `what` is true. Raises `StepFailed` if it is not; `but` is what was found instead."""
        if not held:
            raise StepFailed(f"{what}: no" + (f", but {but}" if but != "" else ""))
        self._say(f"    ✓ {what}")

    def link(self, write: dict[str, Any]) -> None:
        """Prints a write that has landed."""
        self.links += 1
        self.gas += write["gas_used"]
        self.transactions.add(write["tx_hash"])
        self._say(
            f"      link {write['sequence']:<2}  {write['event_type']:<18}  tx {short(write['tx_hash'])}"
            f"  block {write['block_number']:<3}  {write['gas_used']:>7,} gas"
        )

    def end(self) -> None:
        seconds = time.monotonic() - self._begin
        self._say(
            f"\nAll steps succeeded: {self._steps} steps, {self.links} of our own links in {len(self.transactions)} "
            f"transactions, {self.gas:,} gas, {seconds:.0f} s."
        )

    def _say(self, line: str) -> None:
        print(line, flush=True)
