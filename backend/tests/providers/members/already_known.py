"""A gateway that sends each transaction to several nodes, and answers with what the last one says."""

from typing import Any

from tests.providers.member import Call, Member, Refusal


class Provider(Member):
    does = 'every transaction is taken and answered with the error "already known"'
    seen = "defender-sdk 119, gateways that send to several nodes"

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == "eth_sendRawTransaction":
            raise Refusal(-32000, "already known")
        return result
