"""Besu with proof of authority (QBFT)."""

from typing import Any

from tests.providers.member import Asked, Call, Refusal, Reply, error_reply, span_of
from tests.providers.rehashed import Rehashed

MOST_CALLS, MOST_BLOCKS = 9, 12
VANITY, SEALS = "0x" + "00" * 32, "b5" * 165


class Provider(Rehashed):
    does = "`extraData` of 197 bytes, so all hashes differ; long batches and wide ranges: −32005"
    seen = "ocean.py 920, besu's error types"

    def refused(self, asked: Asked) -> Reply | None:
        if isinstance(asked, list) and len(asked) > MOST_CALLS:
            return error_reply(-32005, "Number of requests in batch exceeds maximum")
        return None

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getLogs" and span_of(call) > MOST_BLOCKS:
            raise Refusal(-32005, "Requested range exceeds maximum RPC range limit")
        return super().asked(call)

    def altered(self, header: dict[str, Any]) -> dict[str, Any]:
        return header | {"extraData": VANITY + SEALS, "difficulty": "0x1", "totalDifficulty": "0x1"}
