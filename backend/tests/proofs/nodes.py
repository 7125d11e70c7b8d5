"""Nodes that prove otherwise than anvil does."""

from typing import Any

from tests.providers.member import Asked, Call, Member, Refusal, Reply, error_reply

PROOF, HEADERS = "eth_getProof", ("eth_getBlockByNumber", "eth_getBlockByHash")
MOST_KEYS = 20


class NewestOnly(Member):
    """Keeps the newest state alone, as reth does by default, and takes no hash of a block."""

    def asked(self, call: Call) -> Call:
        if call["method"] == PROOF:
            block = call["params"][2]
            if isinstance(block, dict):
                raise Refusal(-32602, "invalid argument 2: json: cannot unmarshal object into Go value of type string")
            if block not in ("latest", self.node.rpc("eth_blockNumber")):
                raise Refusal(-32000, "distance to target block exceeds maximum proof window")
        return call


class FewKeys(Member):
    """Proves a few slots at once."""

    def asked(self, call: Call) -> Call:
        if call["method"] == PROOF and len(call["params"][1]) > MOST_KEYS:
            raise Refusal(-32602, "too many keys requested (max 20)")
        return call


class FewBytes(Member):
    """Refuses requests that are long, with an HTTP status."""

    def refused(self, asked: Asked) -> Reply | None:
        calls = asked if isinstance(asked, list) else [asked]
        if any(call["method"] == PROOF and len(call["params"][1]) > MOST_KEYS for call in calls):
            return error_reply(-32600, "request body too large", status=413)
        return None


class NoProofs(Member):
    """Has no `eth_getProof`."""

    def asked(self, call: Call) -> Call:
        if call["method"] == PROOF:
            raise Refusal(-32601, "the method eth_getProof does not exist/is not available")
        return call


class NewFork(Member):
    """A chain whose headers have a field that nobody knows yet, so that their hash is another one."""

    @staticmethod
    def header(result: dict[str, Any]) -> bytes:
        from blockchain import receipt

        raw = receipt.header_rebuilt(result)
        assert raw is not None
        items = receipt.rlp_read(raw)
        assert isinstance(items, list)
        return receipt.rlp([*items, b"new"])

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] in HEADERS and result and result["number"] != "0x0":
            from blockchain import receipt

            return result | {"hash": receipt.hex0x(receipt.keccak(self.header(result)))}
        return result


class NewForkWithRawHeaders(NewFork):
    """The same, on a node that gives the header as it is."""

    def own(self, call: Call) -> Any:
        if call["method"] == "debug_getRawHeader":
            block = self.node.rpc("eth_getBlockByNumber", call["params"][0], False)
            return "0x" + self.header(block).hex()
        return super().own(call)


class ListsEmbeddedNodes(Member):
    """Lists nodes that are embedded in their parents too."""

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == PROOF:
            proofs = [each | {"proof": [*each["proof"], "0xc22080"]} for each in result["storageProof"]]
            return result | {"storageProof": proofs}
        return result


class Lies(Member):
    """Alters the last byte of each node of the contract's slots."""

    def told(self, call: Call, result: Any) -> Any:
        if call["method"] == PROOF:
            proofs = [each | {"proof": list(map(self.altered, each["proof"]))} for each in result["storageProof"]]
            return result | {"storageProof": proofs}
        return result

    @staticmethod
    def altered(node: str) -> str:
        return node[:-2] + f"{int(node[-2:], 16) ^ 1:02x}"


class Nonsense(Member):
    """Answers what is no proof at all."""

    answer: Any = {"accountProof": 7}

    def own(self, call: Call) -> Any:
        return self.answer if call["method"] == PROOF else super().own(call)
