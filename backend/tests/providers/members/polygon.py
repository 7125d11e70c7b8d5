"""Polygon (Bor): a sealed header, and a least tip."""

from typing import Any

from tests.fees.node import offer
from tests.providers.member import Call, Refusal
from tests.providers.rehashed import Rehashed

GWEI = 10**9
LEAST_TIP = 25 * GWEI


class Provider(Rehashed):
    does = "`extraData` of 97 bytes, so all hashes differ; a tip below 25 gwei is refused"
    seen = "hyperlane 1933, ocean.py 920"
    alarms = frozenset({"transaction refused"})

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_sendRawTransaction":
            tip = offer(call["params"][0])["maxPriorityFeePerGas"]
            if tip < LEAST_TIP:
                raise Refusal(-32000, f"transaction underpriced: gas tip cap {tip}, minimum needed {LEAST_TIP}")
        return super().asked(call)

    def altered(self, header: dict[str, Any]) -> dict[str, Any]:
        return header | {"extraData": "0x" + "d7" * 32 + "5e" * 65, "difficulty": "0x18", "mixHash": "0x" + "00" * 32}
