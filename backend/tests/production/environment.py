"""An environment of what backend/requirements.txt names and nothing else, as on a production machine."""

import importlib.metadata
import os
import sys
import sysconfig
from pathlib import Path

from packaging.requirements import Requirement

BACKEND = Path(__file__).resolve().parents[2]
LOCK = BACKEND / "requirements.txt"


def requirements() -> list[Requirement]:
    """What the lock names for this Python and platform."""
    lines = [line.removesuffix("\\") for line in LOCK.read_text().splitlines() if line[:1].isalnum()]
    named = [Requirement(line) for line in lines]
    return [each for each in named if each.marker is None or each.marker.evaluate()]


def environment_make(folder: Path) -> Path:
    """Links the lock's distributions, of the versions that it pins, into a new environment; its Python.

    Raises `PackageNotFoundError` or `AssertionError` if the environment that runs this is not up to the lock.
    """
    # A virtual environment is a folder with this file and a link to a Python.
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys._base_executable))  # type: ignore[attr-defined]
    (folder / "pyvenv.cfg").write_text(f"home = {python.resolve().parent}\ninclude-system-site-packages = false\n")
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    packages.mkdir(parents=True)
    for requirement in requirements():
        found = importlib.metadata.distribution(requirement.name)
        assert found.version in requirement.specifier, f"{requirement}, not {found.version}; run `make setup`"
        for entry in {file.parts[0] for file in found.files or ()} - {os.pardir}:
            (packages / entry).symlink_to(Path(str(found.locate_file(entry))))
    return python
