"""Filecoin (Lotus): every bit of a header's bloom is set, and logs are found by number only."""

from typing import Any

from tests.providers.member import Call, Refusal
from tests.providers.rehashed import Rehashed


class Provider(Rehashed):
    does = "`eth_getLogs` by block hash (EIP-234) is refused; `logsBloom` has all bits, so all hashes differ"
    seen = "lotus 10576, rskj 1518"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getLogs" and "blockHash" in call["params"][0]:
            raise Refusal(-32000, "filtering by block hash is not supported")
        return super().asked(call)

    def altered(self, header: dict[str, Any]) -> dict[str, Any]:
        return header | {"logsBloom": "0x" + "ff" * 256}
