"""RSK: no finality tags, error codes as text."""

from typing import Any

from tests.providers.member import Call, Member, Refusal


class Provider(Member):
    does = "the block `finalized` is refused; error codes are text (BLOCKCHAIN_FINALITY=finalized)"
    seen = "rskj 3309, darwinia 1649"
    settings = {"BLOCKCHAIN_FINALITY": "finalized"}
    works = False
    notices = "invalid blocknumber finalized|no finalized block|does not report the state"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getBlockByNumber" and call["params"][0] in ("finalized", "safe"):
            raise Refusal("INVALID_PARAMS", f"invalid blocknumber {call['params'][0]}")
        return call

    def failed(self, call: Call, error: dict[str, Any]) -> dict[str, Any]:
        return error | {"code": str(error["code"])}
