"""Folders and files."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend"
LOCAL = ROOT / ".local"
RUN_FOLDER = LOCAL / "run"
# The folder of this environment's programs: `python`, `ape`, `gunicorn`, `anvil` and `cast` from the lock files.
BINARIES = Path(sys.prefix) / "bin"


def shown(path: Path) -> str:
    """`path` as printed: relative to the repository when it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
