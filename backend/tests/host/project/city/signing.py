"""The relay's key, from where the city keeps its secrets."""

from pathlib import Path

from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.local import LocalSigner


def file_signer(*, path: str) -> LocalSigner:
    """Signs with the key in a file, which the vault's agent keeps up to date."""
    try:
        return LocalSigner(Path(path).read_text().strip(), setting=path)
    except OSError as error:
        raise SignerError(f"{path} can't be read: {error.strerror}") from None
