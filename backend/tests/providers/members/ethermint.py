"""Ethermint (Evmos, Cronos): no block by its hash in `eth_call`."""

from tests.providers.member import Call, Member, Refusal


class Provider(Member):
    does = "`eth_call` by block hash (EIP-1898) is refused"
    seen = "ethermint 460, oasis 132, ethrex 6130"

    def asked(self, call: Call) -> Call:
        if call["method"] == "eth_call" and isinstance(call["params"][1], dict):
            raise Refusal(-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string")
        return call
