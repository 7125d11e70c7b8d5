"""Keys behind Clef, which asks a person or its rules before it signs.

https://geth.ethereum.org/docs/tools/clef/apis. Geth's releases contain Clef up to 1.17.3.
"""

from typing import Any

from eth_utils import to_checksum_address

from blockchain.chain.signers.current import Renewed, Rotating, Signer
from blockchain.chain.signers.envelope import raw_checked
from blockchain.chain.signers.remote import RemoteKeys, quantities
from blockchain.chain.signers.signature import data_signature_checked
from blockchain.protocol import typed_data as protocol
from blockchain.protocol.calldata import FUNCTIONS

ACCOUNTS = "account_list"
NUMBERS = ("nonce", "gas", "value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "chainId")


def clef_signer(*, url: str, address: str = "") -> Signer | Rotating:
    """The key of `address` at `url`; without an address, the only one there. Raises `SignerError`."""
    keys = RemoteKeys(url, kind="Clef")
    if address:
        return ClefSigner(keys, address)
    return Renewed(lambda: ClefSigner(keys, keys.only_address(ACCOUNTS)))


class ClefSigner:
    """One of its keys. Nothing that it returns is trusted: whoever approves may also change what is signed."""

    def __init__(self, keys: RemoteKeys, address: str) -> None:
        self._keys, self.address = keys, keys.address_checked(address)

    def __repr__(self) -> str:
        return f"ClefSigner({self.address}, {self._keys!r})"

    def check(self) -> None:
        """See `Checked.check`."""
        self._keys.require(self.address, ACCOUNTS)

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
