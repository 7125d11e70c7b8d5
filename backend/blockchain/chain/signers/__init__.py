"""Who signs: one small interface, so that a key may live in the environment, in a vault or in a KMS.

A new kind of signer is one file here and a setting. Its callable returns None where no key is configured.
"""

import functools
from typing import Any, Protocol

from blockchain.chain.signers.errors import SignerError
from blockchain.common.backends import backend_new, forgotten_with_settings
from blockchain.conf import settings

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
    """The relay's signer, by `BLOCKCHAIN_SIGNER`. Raises `SignerError`."""
    found: Signer | None = backend_new(settings.BLOCKCHAIN_SIGNER, setting="BLOCKCHAIN_SIGNER")
    if found is None:
        raise SignerError("BLOCKCHAIN_PRIVATE_KEY is not set")
    return found


@functools.cache
def intake_signer() -> Signer | None:
    """The signer of what web servers promise, by `BLOCKCHAIN_INTAKE_SIGNER`; None: nothing is promised.

    Raises `SignerError`.
    """
    found: Signer | None = backend_new(settings.BLOCKCHAIN_INTAKE_SIGNER, setting="BLOCKCHAIN_INTAKE_SIGNER")
    return found


forgotten_with_settings(signer.cache_clear)
forgotten_with_settings(intake_signer.cache_clear)
