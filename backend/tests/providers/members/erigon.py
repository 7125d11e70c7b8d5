"""Erigon."""

from typing import Any

from tests.providers.member import Asked, Call, Member, Reply, error_reply

MOST_CALLS = 10


class Provider(Member):
    does = "batches of more than 10 refused; `logIndex` counts in each transaction; `pending` is `latest`"
    seen = "erigon 17245, 17249, lotus 12549"
    lasting = True

    def refused(self, asked: Asked) -> Reply | None:
        if isinstance(asked, list) and len(asked) > MOST_CALLS:
            return error_reply(
                -32000, "batch limit 10 exceeded (can increase by --rpc.batch.limit). Requested batch of size: 11"
            )
        return None

    def asked(self, call: Call) -> Call:
        return call | {"params": ["latest" if each == "pending" else each for each in call["params"]]}

    def told(self, call: Call, result: Any) -> Any:
        return self.truth(call["method"], result)

    def truth(self, method: str, result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and result:
            return result | {"logs": _numbered(result["logs"])}
        return _numbered(result) if method == "eth_getLogs" else result


def _numbered(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As anvil numbers them, minus the number of the transaction's first; its logs come first in all that we read."""
    firsts: dict[str, int] = {}
    for log in logs:
        index = int(log["logIndex"], 16)
        firsts[log["transactionHash"]] = min(index, firsts.get(log["transactionHash"], index))
    return [log | {"logIndex": hex(int(log["logIndex"], 16) - firsts[log["transactionHash"]])} for log in logs]
