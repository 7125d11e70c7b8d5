"""web3signer in its `eth1` mode, as its reference and its source have it; it refuses what they refuse.

https://docs.web3signer.consensys.io/reference/api/json-rpc, Consensys/web3signer 26.4 (`core/service/jsonrpc`).
Stricter where releases differ: typed data is text, as earlier ones want it, and quantities have no leading zeros.
"""

import json
from typing import Any

from tests.chain.signers.key_server import KeyServer, Refusal, data_signature_of, quantity, raw_of

INVALID_PARAMS = Refusal(-32602, "Invalid params")
NO_ACCOUNT = Refusal(-32000, "No unlocked account matches the Sender")
# What it does not know itself goes to the node behind it.
NO_NODE = Refusal(-32000, "Failed to connect to downstream node")
DEFAULT_GAS = 90_000


class Web3SignerServer(KeyServer):
    error_status = 400

    def call(self, method: str, params: Any) -> Any:
        if method == "eth_accounts":
            if params:
                raise INVALID_PARAMS
            return sorted(self.keys)
        if method == "eth_signTransaction":
            return self._transaction(params)
        if method == "eth_signTypedData":
            return self._typed_data(params)
        raise NO_NODE

    def _transaction(self, params: Any) -> str:
        if not isinstance(params, list) or len(params) != 1 or not isinstance(params[0], dict):
            raise INVALID_PARAMS
        given = params[0]
        if not given.get("from") or "nonce" not in given:
            raise INVALID_PARAMS
        names = ("nonce", "gas", "value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
        numbers = {name: quantity(given[name], INVALID_PARAMS) for name in names if name in given}
        fields: dict[str, Any] = {
            "nonce": numbers["nonce"],
            "gas": numbers.get("gas", DEFAULT_GAS),
            "value": numbers.get("value", 0),
            "to": given.get("to", ""),
            "data": given.get("data", given.get("input", "")),
            # Its own, whatever the request says.
            "chainId": self.chain_id,
        }
        if {"maxFeePerGas", "maxPriorityFeePerGas"} <= numbers.keys():
            fees = {name: numbers[name] for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
            fields |= {"type": 2, **fees}
        else:
            fields["gasPrice"] = numbers.get("gasPrice", 0)
        return raw_of(fields, self.key_of(given["from"], NO_ACCOUNT))

    def _typed_data(self, params: Any) -> str:
        if not isinstance(params, list) or len(params) != 2 or not all(isinstance(each, str) for each in params):
            raise INVALID_PARAMS
        key = self.key_of(params[0], NO_ACCOUNT)
        try:
            return data_signature_of(json.loads(params[1]), key)
        except ValueError:
            raise INVALID_PARAMS from None
