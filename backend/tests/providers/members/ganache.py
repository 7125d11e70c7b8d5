"""A node that writes numbers with leading zeros, and omits members that are new."""

from typing import Any

from tests.providers.member import Call, Member

NUMBERS = ("number", "timestamp", "gasLimit", "blockNumber", "gasUsed", "logIndex", "effectiveGasPrice", "status")
NEW = ("withdrawals", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash")


class Provider(Member):
    does = "numbers with leading zeros; headers without the members of later forks; no `logsBloom`"
    seen = "ganache, XDC, older clients"

    def told(self, call: Call, result: Any) -> Any:
        if isinstance(result, dict):
            return _padded(result)
        if call["method"] == "eth_getLogs":
            return [_padded(log) for log in result]
        return "0x00" + result[2:] if call["method"] in ("eth_getTransactionCount", "eth_getBalance") else result


def _padded(value: dict[str, Any]) -> dict[str, Any]:
    kept = {name: each for name, each in value.items() if name not in (*NEW, "logsBloom")}
    if "logs" in kept:
        kept["logs"] = [_padded(log) for log in kept["logs"]]
    return {
        name: "0x00" + each[2:] if name in NUMBERS and isinstance(each, str) else each for name, each in kept.items()
    }
