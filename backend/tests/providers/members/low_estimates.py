"""A node whose estimates are too low."""

from typing import Any

from tests.providers.member import Call, Member


class Provider(Member):
    does = "`eth_estimateGas` is 45 % too low"
    seen = "connext 3526, 3318"

    def told(self, call: Call, result: Any) -> Any:
        return hex(int(result, 16) * 55 // 100) if call["method"] == "eth_estimateGas" else result
