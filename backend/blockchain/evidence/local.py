"""Evidence in a folder, each file under its CID."""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from blockchain.conf import settings
from blockchain.evidence.cid import Digest, Hasher, chunks, digest_of, is_cid
from blockchain.evidence.errors import EvidenceCorrupt, EvidenceMissing, EvidenceStoreUnavailable
from blockchain.evidence.opened import OpenedFile

# Older temporary files are left from killed uploads. No upload takes so long: its bytes are already on this machine.
INCOMING_SECONDS = 3600


def local_store() -> "LocalStore":
    """The folder `EVIDENCE_ROOT`; it counts as full when a file of `EVIDENCE_MAX_BYTES` would not fit."""
    # Here, so that the store itself needs no database.
    from blockchain.models import EvidenceFile

    return LocalStore(
        root=settings.EVIDENCE_ROOT,
        reserve_bytes=settings.EVIDENCE_MAX_BYTES,
        has_files=EvidenceFile.objects.exists,
    )


class LocalStore:
    """Files below `root`. A name is a CID that was computed here, so no input can lead out of the folder."""

    def __init__(self, *, root: Path, reserve_bytes: int = 0, has_files: Callable[[], bool] = lambda: False) -> None:
        """`reserve_bytes`: the store is full when less than this is free. `has_files`: whether any were stored ever."""
        self._root, self._reserve_bytes, self._has_files = root, reserve_bytes, has_files
        # In the same file system as the files, so a rename is atomic.
        self._incoming = root / "incoming"

    def put(self, stream: BinaryIO) -> Digest:
        with self._unavailable_on_error():
            self._prepare()
            self._sweep()
            temporary = self._incoming / secrets.token_hex(16)
            try:
                digest = self._write(stream, temporary)
                final = self._path(digest.cid)
                final.parent.mkdir(mode=0o700, exist_ok=True)
                # Replaces the file by the same bytes, or a corrupted file by correct bytes.
                temporary.replace(final)
                self._sync(final.parent)
                self._sync(self._root)
            finally:
                temporary.unlink(missing_ok=True)
        return digest

    def open(self, cid: str) -> OpenedFile:
        if not is_cid(cid):
            raise EvidenceMissing("this is not the CID of an evidence file")
        try:
            descriptor = os.open(self._path(cid), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            self._require_own_folder()
            raise EvidenceMissing(f"the evidence folder has no file {cid}") from None
        except OSError as error:
            raise EvidenceStoreUnavailable(f"the evidence folder can't be read ({error.strerror})") from None
        stream = os.fdopen(descriptor, "rb")
        try:
            with self._unavailable_on_error():
                digest = digest_of(stream)
                stream.seek(0)
            if digest.cid != cid:
                raise EvidenceCorrupt(f"the bytes stored as {cid} have changed")
        except BaseException:
            stream.close()
            raise
        return OpenedFile(stream=stream, digest=digest)

    def check(self) -> None:
        with self._unavailable_on_error():
            self._prepare()
            probe = self._incoming / f"probe-{secrets.token_hex(8)}"
            try:
                probe.write_bytes(b"")
            finally:
                probe.unlink(missing_ok=True)
            if shutil.disk_usage(self._root).free < self._reserve_bytes:
                raise EvidenceStoreUnavailable("the evidence folder's disk is nearly full")

    def _prepare(self) -> None:
        if not self._incoming.is_dir():
            self._require_own_folder()
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _require_own_folder(self) -> None:
        """A folder without files, although some were stored, is another one: files in it would hide or be hidden."""
        # Asked first: a first upload that ends in between has placed its file before it is recorded.
        if self._has_files() and next(self._root.glob("??"), None) is None:
            raise EvidenceStoreUnavailable(
                f"{self._root} has none of the stored files: mount the right folder there, or restore it from a backup"
            )

    def _path(self, cid: str) -> Path:
        """The path of a file. The CID's last two characters spread files over folders; the first are always alike."""
        return self._root / cid[-2:] / cid

    @staticmethod
    def _write(stream: BinaryIO, path: Path) -> Digest:
        hasher = Hasher()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks(stream):
                hasher.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return hasher.digest()

    @staticmethod
    def _sync(folder: Path) -> None:
        """Writes the folder's entries to disk."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _sweep(self) -> None:
        """Removes the temporary files of killed uploads."""
        limit = time.time() - INCOMING_SECONDS
        for path in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()

    @staticmethod
    @contextmanager
    def _unavailable_on_error() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EvidenceStoreUnavailable(f"the evidence folder failed ({error.strerror})") from None
