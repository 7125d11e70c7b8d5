"""Who signs: one small interface, so that a key may live in the environment, in a file, in a vault or in a KMS.

A new kind of signer is one file here and a setting. Its callable returns a `Signer`, something that is `Rotating`, or
None where no key is configured.
"""

import functools

from blockchain.chain.signers.current import Checked, Rotating, Signer
from blockchain.chain.signers.errors import SignerError
from blockchain.common.backends import backend_new, forgotten_with_settings
from blockchain.conf import settings

__all__ = ["Checked", "Rotating", "Signer", "SignerError", "intake_signer", "signer"]


def signer() -> Signer:
    """The relay's signer as it is now, by `BLOCKCHAIN_SIGNER`. Raises `SignerError`."""
    found = _current("BLOCKCHAIN_SIGNER")
    if found is None:
        raise SignerError("BLOCKCHAIN_PRIVATE_KEY is not set")
    return found


def intake_signer() -> Signer | None:
    """The signer of what web servers promise, by `BLOCKCHAIN_INTAKE_SIGNER`; None: nothing is promised.

    Take it once for what belongs together: the next call may return another key. Raises `SignerError`.
    """
    return _current("BLOCKCHAIN_INTAKE_SIGNER")


def _current(setting: str) -> Signer | None:
    found = _configured(setting)
    return found.current() if isinstance(found, Rotating) else found


@functools.cache
def _configured(setting: str) -> Signer | Rotating | None:
    made: Signer | Rotating | None = backend_new(getattr(settings, setting), setting=setting)
    return made


forgotten_with_settings(_configured.cache_clear)
