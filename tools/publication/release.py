"""The files of a release: standard JSON input, npm package and wheel, with their hashes. Nothing is published."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import click

from tools.deployment.compiled import CONTRACT, Compiled
from tools.deployment.errors import DeploymentError
from tools.deployment.files import json_text
from tools.deployment.places import ROOT, shown
from tools.publication.npm_package import pack, package_files, public_deployments
from tools.publication.standard_json import standard_json

DIST = ROOT / "dist"
BACKEND = ROOT / "backend"
SUMS = "SHA256SUMS"
# 1 January 2020: the archives of one source are the same byte for byte, whenever they are made.
EPOCH = "1577836800"


def release_version() -> str:
    """Of the wheel, and so of all that is released with it."""
    with (BACKEND / "pyproject.toml").open("rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])


def make_release(compiled: Compiled, *, folder: Path = DIST, wheel: Callable[[Path], Path] | None = None) -> list[Path]:
    """Writes the files to `folder`, which is made anew. Raises `DeploymentError`."""
    version = release_version()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = folder / f"{CONTRACT}-{version}.standard-input.json"
    source.write_text(json_text(standard_json(compiled)), encoding="utf-8")
    files = package_files(compiled.abi, version=version, deployments=public_deployments())
    with tempfile.TemporaryDirectory() as staging:
        package = pack(files, into=folder, staging=Path(staging) / "package")
    made = [source, package, (wheel or build_wheel)(folder)]
    sums = folder / SUMS
    sums.write_text("".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(made)))
    made.append(sums)
    for path in made:
        click.echo(f"{path.stat().st_size:>9,} bytes  {shown(path)}")
    return made


def build_wheel(folder: Path) -> Path:
    """The wheel of the Django app, which has the ABI as a resource."""
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(BACKEND)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeploymentError(f"the wheel cannot be built: {' '.join(done.stderr.split())[-300:]}")
    (path,) = folder.glob("*.whl")
    return path
