"""Writing a file all or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def json_text(value: Any) -> str:
    """`value` as stable JSON: sorted keys, two spaces, a newline at the end."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_atomically(path: Path, text: str) -> None:
    """Replaces `path` by `text`. Whatever interrupts it, the file has its old content or its new one.

    Raises `OSError`.
    """
    with _written_beside(path, text) as temporary:
        temporary.replace(path)


def create_atomically(path: Path, text: str) -> None:
    """Makes `path` with `text`, whole or not at all. Of two processes that do so, one succeeds.

    Raises `FileExistsError`, or another `OSError`.
    """
    with _written_beside(path, text) as temporary:
        path.hardlink_to(temporary)


def remove(path: Path) -> None:
    """Removes `path`, and makes sure that a crash does not bring it back. Raises `OSError`."""
    path.unlink()
    _sync_folder(path.parent)


@contextmanager
def _written_beside(path: Path, text: str) -> Iterator[Path]:
    """A temporary file with `text` on the disk, in the folder of `path`. It is gone afterwards, unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Puts the names in `folder` on the disk: a file's own sync does not cover its name."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
