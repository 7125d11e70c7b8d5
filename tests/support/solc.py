"""Solidity compiled straight by solc, with the settings of ape-config.yaml: what Ape does not compile or not tell."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import solcx
import yaml

from tests.support.codec import AbiItem

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".local" / "solc"
HELPERS: Final = ROOT / "tests" / "support" / "contracts"


@dataclass(frozen=True)
class Artifact:
    """One compiled contract."""

    abi: list[AbiItem]
    bytecode: bytes


def compile_contracts(*paths: Path) -> dict[str, Artifact]:
    """By contract name."""
    outputs = _outputs(paths, "abi", "evm.bytecode.object")
    return {
        name: Artifact(item["abi"], bytes.fromhex(item["evm"]["bytecode"]["object"])) for name, item in outputs.items()
    }


def storage_layout(path: Path, contract: str) -> dict[str, Any]:
    """solc's. Needs no code, so it takes a moment."""
    return _outputs((path,), "storageLayout")[contract]["storageLayout"]


def _outputs(paths: Sequence[Path], *names: str) -> dict[str, Any]:
    """By contract name. Compiled anew only when a source, a setting or a library has changed."""
    settings = yaml.safe_load((ROOT / "ape-config.yaml").read_text())["solidity"]
    sources = sorted({*paths, *(ROOT / "contracts").rglob("*.sol")})
    request = {
        "language": "Solidity",
        "sources": {path.relative_to(ROOT).as_posix(): {"content": path.read_text()} for path in sources},
        "settings": {
            "remappings": settings["import_remapping"],
            "evmVersion": settings["evm_version"],
            "viaIR": settings["via_ir"],
            "optimizer": {"enabled": settings["optimize"], "runs": settings["optimization_runs"]},
            "outputSelection": {path.relative_to(ROOT).as_posix(): {"*": [*names]} for path in paths},
        },
    }
    libraries = (ROOT / "package-lock.json").read_text()
    key = hashlib.sha256((json.dumps(request) + libraries + settings["version"]).encode()).hexdigest()
    cached = CACHE / f"{key}.json"
    if not cached.exists():
        answer = solcx.compile_standard(request, solc_version=settings["version"], base_path=ROOT)
        _write_atomically(cached, json.dumps(answer["contracts"]))
    return {name: item for file in json.loads(cached.read_text()).values() for name, item in file.items()}


def _write_atomically(path: Path, text: str) -> None:
    """Workers compile at the same time: each sees a whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    os.replace(file.name, path)
