"""Who signs: one small interface, so that a key may live in the environment, in a vault or in a KMS."""

import functools
from typing import Any, Protocol

from django.conf import settings

from blockchain.chain.signers.local import LocalSigner, SignerError

__all__ = ["Signer", "SignerError", "intake_signer", "signer"]


class Signer(Protocol):
    """Signs for one address. The key never leaves it, nor appears in its repr or errors.

    What goes wrong is a `SignerError`, also where the signer is another machine.
    """

    @property
    def address(self) -> str:
        """Checksummed."""
        ...

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """The signed bytes of a transaction and their hash (`0x` hex)."""
        ...

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """The signature of EIP-712 typed data (its JSON): 65 bytes, `0x` hex."""
        ...


@functools.cache
def signer() -> Signer:
    """The relay's signer, which the settings name. Raises `SignerError`."""
    return LocalSigner(settings.BLOCKCHAIN_PRIVATE_KEY)


def intake_signer() -> Signer | None:
    """The signer of what web servers promise; None where none is configured. Raises `SignerError`."""
    return _intake(settings.BLOCKCHAIN_INTAKE_KEY) if settings.BLOCKCHAIN_INTAKE_KEY else None


@functools.lru_cache(maxsize=1)
def _intake(private_key: str) -> Signer:
    return LocalSigner(private_key, setting="BLOCKCHAIN_INTAKE_KEY")
