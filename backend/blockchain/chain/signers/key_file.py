"""A key in a file that only this process's user can read: hex, or an Ethereum keystore (version 3) with its passphrase.

Another file at the same path is read before the next signature, so a key is rotated by `mv`.
"""

import json
import os
import stat
import threading
from pathlib import Path

from eth_account import Account

from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.local import LocalSigner

MAX_BYTES = 64 * 1024
GROUP_AND_OTHERS = 0o077
# What tells one state of a file from another: inode, size in bytes, and times in nanoseconds.
State = tuple[int, ...]


def file_signer(*, path: str, passphrase_file: str = "") -> "FileSigner":
    """The signer with the key in the file `path`; `passphrase_file` opens a keystore. Raises `SignerError`."""
    made = FileSigner(Path(path), Path(passphrase_file) if passphrase_file else None)
    made.current()
    return made


class FileSigner:
    """Follows the file: see `Rotating`."""

    def __init__(self, path: Path, passphrase: Path | None) -> None:
        self._path, self._passphrase = path, passphrase
        self._lock = threading.Lock()
        self._seen: list[State] = []
        self._found: LocalSigner | SignerError | None = None

    def __repr__(self) -> str:
        return f"FileSigner({self._path})"

    def current(self) -> LocalSigner:
        """See `Rotating.current`."""
        with self._lock:
            seen = [_state(path) for path in (self._path, self._passphrase) if path is not None]
            if self._found is None or seen != self._seen:
                # A keystore takes a second to open, also where the passphrase is wrong.
                try:
                    self._found = self._read()
                except SignerError as error:
                    self._found = error
                self._seen = seen
            if isinstance(self._found, SignerError):
                raise self._found
            return self._found

    def _read(self) -> LocalSigner:
        text = _private_text(self._path)
        if not text.lstrip().startswith("{"):
            return LocalSigner(text.strip(), setting=str(self._path))
        if self._passphrase is None:
            raise SignerError(f"{self._path} is a keystore, and no file with its passphrase is named")
        # As editors leave it: with one end of line, which is not part of the passphrase.
        passphrase = _private_text(self._passphrase).removesuffix("\n").removesuffix("\r")
        try:
            key = Account.decrypt(json.loads(text), passphrase)
        except Exception:
            raise SignerError(f"{self._path} is no keystore that the passphrase opens") from None
        return LocalSigner(key.hex(), setting=str(self._path))


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError as error:
        raise SignerError(f"{path} can't be read: {error.strerror}") from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _private_text(path: Path) -> str:
    """What is in a file. Raises `SignerError`, also where others could read it too."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SignerError(f"{path} is not a file")
            if mode & GROUP_AND_OTHERS:
                raise SignerError(f"{path} can be read by others (mode {stat.S_IMODE(mode):04o}): chmod 400 it")
            return file.read(MAX_BYTES).decode()
    except OSError as error:
        raise SignerError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SignerError(f"{path} is not text") from None
