"""Keys behind Clef, which asks a person or its rules before it signs.

https://geth.ethereum.org/docs/tools/clef/apis. Geth's releases contain Clef up to 1.17.3.
"""

from typing import Any

from eth_utils import to_checksum_address

from blockchain.chain.signers.current import Rotating, Signer
from blockchain.chain.signers.envelope import raw_checked
from blockchain.chain.signers.remote import RemoteSigner, quantities
from blockchain.chain.signers.signature import data_signature_checked
from blockchain.protocol import typed_data as protocol
from blockchain.protocol.calldata import FUNCTIONS

NUMBERS = ("nonce", "gas", "value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "chainId")


def clef_signer(*, url: str, address: str = "") -> Signer | Rotating:
    """The key of `address` at `url`; without an address, the only one there. Raises `SignerError`."""
    return ClefSigner.at(url, address)


class ClefSigner(RemoteSigner):
    """One of its keys. Nothing that it returns is trusted: whoever approves may also change what is signed."""

    kind, accounts = "Clef", "account_list"

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """See `Signer.sign`."""
        fields = {
            "from": self.address,
            # Clef takes addresses without their checksum for a mistake.
            "to": to_checksum_address(transaction["to"]),
            "input": transaction["data"],
            **quantities(transaction, *NUMBERS),
        }
        # And calls of functions that it does not know.
        known = FUNCTIONS.get(transaction["data"][:10])
        answer = self._keys.ask("account_signTransaction", fields, *([known] if known else []))
        raw = answer.get("raw") if isinstance(answer, dict) else None
        return raw_checked(raw, transaction=transaction, address=self.address)

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `Signer.sign_typed_data`."""
        answer = self._keys.ask("account_signTypedData", self.address, typed_data)
        return data_signature_checked(answer, digest=protocol.digest(typed_data), address=self.address)
