"""A public node without `eth_getLogs`."""

from tests.providers.member import Call, Member, Refusal


class Provider(Member):
    does = "`eth_getLogs` is refused, all else works"
    seen = "safe-transaction-service 349, 1420"
    works = False
    notices = "final blocks have not been read yet|eth_getLogs|refuses logs|nothing has been read"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_getLogs":
            raise Refusal(-32601, "the method eth_getLogs does not exist/is not available")
        return call
