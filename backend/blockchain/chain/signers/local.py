"""A key from the environment: for development, and for operators whose service manager injects it."""

from typing import Any

from eth_account import Account


class SignerError(Exception):
    """There is no usable key. The message does not say what was given."""


class LocalSigner:
    """Signs with a private key that is held in memory."""

    def __init__(self, private_key: str) -> None:
        if not private_key:
            raise SignerError("BLOCKCHAIN_PRIVATE_KEY is not set")
        try:
            self.__account = Account.from_key(private_key)
        except Exception:
            raise SignerError("BLOCKCHAIN_PRIVATE_KEY is not a private key (32 bytes, hex)") from None

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
