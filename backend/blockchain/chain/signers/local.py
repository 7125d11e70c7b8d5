"""A key from the environment: for development, and for operators whose service manager injects it."""

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from blockchain.chain.signers.errors import SignerError
from blockchain.conf import settings


def local_signer(*, setting: str) -> "LocalSigner | None":
    """The signer with the key in the setting of this name; None if that is empty. Raises `SignerError`."""
    key = getattr(settings, setting)
    return LocalSigner(key, setting=setting) if key else None


class LocalSigner:
    """Signs with a private key that is held in memory. `setting` is the name that its errors give."""

    def __init__(self, private_key: str, *, setting: str = "BLOCKCHAIN_PRIVATE_KEY") -> None:
        try:
            self.__account = Account.from_key(private_key)
        except Exception:
            raise SignerError(f"{setting} is not a private key (32 bytes, hex)") from None

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        address: str = self.__account.address
        return address

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """See `Signer.sign`."""
        signed = self.__account.sign_transaction(transaction)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `Signer.sign_typed_data`."""
        return "0x" + bytes(self.__account.sign_message(encode_typed_data(full_message=typed_data)).signature).hex()
