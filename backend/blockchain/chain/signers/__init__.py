"""Who signs: one small interface, so that a key may live in the environment, in a vault or in a KMS."""

import functools
from typing import Any, Protocol

from django.conf import settings

from blockchain.chain.signers.local import LocalSigner, SignerError

__all__ = ["Signer", "SignerError", "signer"]


class Signer(Protocol):
    """Signs transactions for one address. The key never leaves it, nor appears in its repr or errors."""

    @property
    def address(self) -> str:
        """Checksummed."""
        ...

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """The signed bytes of a transaction and their hash (`0x` hex)."""
        ...


@functools.cache
def signer() -> Signer:
    """The signer that the settings name. Raises `SignerError`."""
    return LocalSigner(settings.BLOCKCHAIN_PRIVATE_KEY)
