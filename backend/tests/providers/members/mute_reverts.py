"""A node that says of a revert that it was one."""

from typing import Any

from tests.providers.member import Call, Member


class Provider(Member):
    does = "reverts without data"
    seen = "nethermind 4761, older OpenEthereum"

    def failed(self, call: Call, error: dict[str, Any]) -> dict[str, Any]:
        return {"code": -32015, "message": "VM execution error."} if "data" in error else error
