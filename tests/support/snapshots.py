"""Committed JSON files that a test compares with, and that change only when somebody means it."""

import json
import os
from pathlib import Path
from typing import Any, Final

UPDATE: Final = "UPDATE_SNAPSHOTS"


def command(folder: str) -> str:
    """What regenerates the snapshots of a folder; then read the difference before it is committed."""
    return f"{UPDATE}=1 ape test {folder} && git diff {folder}"


def is_updating() -> bool:
    """Whether this run writes snapshots instead of comparing with them."""
    return os.environ.get(UPDATE) == "1"


def load(path: Path) -> Any:
    """The committed content. Raises `FileNotFoundError` if there is none."""
    return json.loads(path.read_text())


def store(path: Path, content: Any) -> None:
    """Writes the content as `load` reads it, sorted, one item a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def assert_matches(path: Path, content: Any, folder: str) -> None:
    """The content is the committed one. `folder`: of the test, for the command that regenerates it."""
    content = json.loads(json.dumps(content))
    if is_updating():
        store(path, content)
    assert content == load(path), f"{path.name} differs; if that is meant: {command(folder)}"
