"""A node that answers a transaction with its hash, and loses it."""

from typing import Any

from eth_utils import keccak

from tests.providers.member import NOT_OWN, Call, Member


class Provider(Member):
    does = "every other `eth_sendRawTransaction` is answered with the hash, and the transaction is dropped"
    seen = "geth's full pool, private relays"

    sends = 0

    def own(self, call: Call) -> Any:
        if call["method"] != "eth_sendRawTransaction":
            return NOT_OWN
        self.sends += 1
        return "0x" + keccak(hexstr=call["params"][0]).hex() if self.sends % 2 else NOT_OWN
