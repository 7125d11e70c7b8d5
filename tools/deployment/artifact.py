"""The deployment artifact, which is all that the backend knows of a deployment."""

import json
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tools.deployment.compiled import Abi
from tools.deployment.errors import DeploymentError
from tools.deployment.files import json_text, write_atomically
from tools.deployment.parameters import Parameters, parse_parameters
from tools.deployment.places import shown


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One deployment. Hashes and code are 0x-prefixed hex, addresses checksummed; docs/deployment.md has each field."""

    contract: str
    version: str
    network: str
    chain_id: int
    address: str
    genesis: str
    deployer: str
    tx_hash: str
    block_number: int
    block_hash: str
    genesis_hash: str
    constructor_args: dict[str, Any]
    code_hash: str
    compiler: dict[str, Any]
    abi: Abi
    salt: str | None = None  # of CREATE2; none: deployed by a transaction of its own

    def parameters(self) -> Parameters:
        """What it was deployed with. Raises `ValueError`, naming the argument."""
        return parse_parameters({"chain_id": self.chain_id, **self.constructor_args})


def require_absent(path: Path, *, force: bool) -> None:
    """Raises `DeploymentError` unless an artifact may be written to `path`: there is none yet, or `force`.

    To be called before anything is deployed.
    """
    if path.exists() and not force:
        raise DeploymentError(f"{shown(path)} exists; nothing was deployed. Keep it, or replace it with --force")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.with_name(f".{path.name}.probe")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DeploymentError(f"{shown(path)} cannot be written ({error.strerror}); nothing was deployed") from error


def write_artifact(artifact: Artifact, path: Path) -> None:
    """Writes it sorted and atomically. Raises `OSError`."""
    write_atomically(path, json_text(asdict(artifact)))


def read_artifact(path: Path) -> Artifact:
    """Raises `DeploymentError` if there is none at `path`, or if it is incomplete."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeploymentError(f"{shown(path)}: {error.strerror}") from error
    except ValueError as error:
        raise DeploymentError(f"{shown(path)}: not valid JSON: {error}") from error
    names = [field.name for field in fields(Artifact)]
    required = [field.name for field in fields(Artifact) if field.default is MISSING]
    if not isinstance(values, dict) or (missing := [name for name in required if name not in values]):
        lacking = ", ".join(missing) if isinstance(values, dict) else "everything"
        raise DeploymentError(f"{shown(path)}: not a deployment artifact, lacks {lacking}")
    artifact = Artifact(**{name: values[name] for name in names if name in values})
    try:
        artifact.parameters()
    except (TypeError, ValueError) as error:
        raise DeploymentError(f"{shown(path)}: constructor_args: {error}") from error
    return artifact
