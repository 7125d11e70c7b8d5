"""BNB Smart Chain (Parlia): a sealed header of 97 and, each 20 blocks, many more bytes."""

from typing import Any

from tests.providers.member import Call, Refusal, span_of
from tests.providers.rehashed import Rehashed

EPOCH, MOST_BLOCKS = 20, 50


class Provider(Rehashed):
    does = (
        '`extraData` of 97 bytes, of 517 at each epoch, so all hashes differ; −32005 "limit exceeded" for wide ranges'
    )
    seen = "bsc 1215, ape's detection"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getLogs" and span_of(call) > MOST_BLOCKS:
            raise Refusal(-32005, "limit exceeded")
        return super().asked(call)

    def altered(self, header: dict[str, Any]) -> dict[str, Any]:
        validators = "aa" * 420 if int(header["number"], 16) % EPOCH == 0 else ""
        return header | {"extraData": "0x" + "00" * 32 + validators + "5e" * 65, "difficulty": "0x2"}
