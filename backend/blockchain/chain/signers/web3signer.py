"""Keys behind Consensys' web3signer in its `eth1` mode: it signs, and never gives a key away.

https://docs.web3signer.consensys.io/reference/api/json-rpc
"""

import json
from typing import Any

from blockchain.chain.signers.current import Rotating, Signer
from blockchain.chain.signers.envelope import raw_checked
from blockchain.chain.signers.remote import RemoteSigner, quantities
from blockchain.chain.signers.signature import data_signature_checked
from blockchain.protocol import typed_data as protocol

NUMBERS = ("nonce", "gas", "value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")


def web3signer_signer(*, url: str, address: str = "") -> Signer | Rotating:
    """The key of `address` at `url`; without an address, the only one there. Raises `SignerError`."""
    return Web3Signer.at(url, address)


class Web3Signer(RemoteSigner):
    """One of its keys. Nothing that it returns is trusted."""

    kind, accounts = "web3signer", "eth_accounts"

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """See `Signer.sign`. The chain id is web3signer's own setting: an answer for another chain is refused."""
        numbers = quantities(transaction, *NUMBERS)
        fields = {"from": self.address, "to": transaction["to"], "data": transaction["data"], **numbers}
        answer = self._keys.ask("eth_signTransaction", fields)
        return raw_checked(answer, transaction=transaction, address=self.address)

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `Signer.sign_typed_data`. Earlier releases take the JSON as text only, and all take it as text."""
        answer = self._keys.ask("eth_signTypedData", self.address, json.dumps(typed_data))
        return data_signature_checked(answer, digest=protocol.digest(typed_data), address=self.address)
