"""Nethermind."""

from typing import Any

from tests.providers.member import Asked, Call, Member, Reply, error_reply

MOST_CALLS = 8


class Provider(Member):
    does = "batches of more than 8: −32005, the code of a node that is busy; revert data is `Reverted 0x…`"
    seen = "nethermind 5122, 4761, 2718"

    def refused(self, asked: Asked) -> Reply | None:
        if isinstance(asked, list) and len(asked) > MOST_CALLS:
            return error_reply(-32005, "Batch size limit exceeded")
        return None

    def failed(self, call: Call, error: dict[str, Any]) -> dict[str, Any]:
        if isinstance(error.get("data"), str):
            return {"code": -32015, "message": "VM execution error.", "data": f"Reverted {error['data']}"}
        return error
