"""A node that keeps no old state."""

from tests.providers.member import Call, Member, Refusal

# 128 on real nodes; a test has few blocks.
KEPT = 12


class Provider(Member):
    does = "no state older than 128 blocks (here 12), by number or by hash"
    seen = "geth's default, reth keeps the latest state only"

    def asked(self, call: Call) -> Call:
        if call["method"] in ("eth_call", "eth_getBalance", "eth_getTransactionCount", "eth_getCode"):
            block = call["params"][1]
            if isinstance(block, dict):
                header = self.node.rpc("eth_getBlockByHash", block["blockHash"], False)
                number = int(header["number"], 16) if header else 0
            else:
                number = int(block, 16) if block.startswith("0x") else None
            if number is not None and number < int(self.node.rpc("eth_blockNumber"), 16) - KEPT:
                raise Refusal(-32000, "missing trie node 8a3c (path ) state 0x8a3c is not available, not found")
        return call
