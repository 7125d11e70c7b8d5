"""The compiler's standard JSON input: in one file, every source and every setting from which the code follows."""

import posixpath
import re
from pathlib import Path
from typing import Any

from tools.deployment.compiled import CONTRACT, Compiled
from tools.deployment.errors import DeploymentError
from tools.deployment.places import ROOT

SOURCE = f"contracts/{CONTRACT}.sol"
# As explorers and verifiers name the contract.
IDENTIFIER = f"{SOURCE}:{CONTRACT}"
OUTPUTS = [
    "abi",
    "metadata",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
]

IMPORT = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']\s*;""", re.MULTILINE)
LICENCE = re.compile(r"SPDX-License-Identifier: \S+")

StandardJson = dict[str, Any]


def standard_json(compiled: Compiled, *, root: Path = ROOT) -> StandardJson:
    """Sources (the contract's, and all that they import) by their names below `root`, and the settings of the build.

    The same names as in the build matter: the compiler hashes them into the end of the code.

    Raises `DeploymentError` if a source is missing, or says nothing of its licence.
    """
    remappings = dict(remapping.split("=", 1) for remapping in compiled.settings.get("remappings", []))
    sources: dict[str, dict[str, str]] = {}
    waiting = [SOURCE]
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        text = _read(root, name)
        sources[name] = {"content": text}
        waiting += [_resolved(imported, importer=name, remappings=remappings) for imported in IMPORT.findall(text)]
    return {
        "language": "Solidity",
        "sources": dict(sorted(sources.items())),
        "settings": {**compiled.settings, "outputSelection": {SOURCE: {CONTRACT: OUTPUTS}}},
    }


def _read(root: Path, name: str) -> str:
    try:
        text = (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise DeploymentError(f"{name}: {error.strerror}; run `make setup`") from None
    if not LICENCE.search(text):
        raise DeploymentError(f"{name} has no SPDX-License-Identifier")
    return text


def _resolved(imported: str, *, importer: str, remappings: dict[str, str]) -> str:
    """A source's name, as the compiler makes it of the words of an import."""
    if imported.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), imported))
    for prefix, target in remappings.items():
        if imported.startswith(prefix):
            return target + imported.removeprefix(prefix)
    return imported
