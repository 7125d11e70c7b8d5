"""The pending record: the signed deployment, kept from before it is sent until its artifact is written.

Whatever ends the command in between, the next run sends the same bytes again or finds their receipt. It never signs a
second deployment.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tools.deployment.errors import DeploymentError
from tools.deployment.files import create_atomically, json_text
from tools.deployment.places import shown


@dataclass(frozen=True, kw_only=True)
class Pending:
    """One signed deployment. Hashes and bytes are 0x-prefixed hex; `nonce` is the deployer's."""

    network: str
    chain_id: int
    genesis_hash: str  # of block 0
    deployer: str
    nonce: int
    tx_hash: str
    raw_transaction: str
    data_hash: str  # Keccak-256 of the transaction's data: deployment code and arguments


def pending_path(artifact: Path) -> Path:
    """`local.json` → `local.pending.json`."""
    return artifact.with_name(f"{artifact.stem}.pending.json")


def read_pending(path: Path) -> Pending | None:
    """Raises `DeploymentError` for a file that is no pending record."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not an object")
        return Pending(**{field.name: values[field.name] for field in fields(Pending)})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DeploymentError(f"{shown(path)}: {error.strerror}; nothing was deployed") from error
    except (ValueError, KeyError) as error:
        raise DeploymentError(f"{shown(path)}: not a pending deployment ({error}); nothing was deployed") from error


def create_pending(pending: Pending, path: Path) -> None:
    """Writes it, whole and synced to the disk. Raises `DeploymentError` if there is one already, or if it cannot."""
    try:
        create_atomically(path, json_text(asdict(pending)))
    except FileExistsError:
        raise DeploymentError(f"another command made {shown(path)} meanwhile; nothing was sent") from None
    except OSError as error:
        raise DeploymentError(f"{shown(path)} cannot be written ({error.strerror}); nothing was sent") from error
