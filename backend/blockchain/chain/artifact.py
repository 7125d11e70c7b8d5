"""The deployment artifact: which contract, on which chain. Written by `ape run deploy`; spec section 4."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils import to_checksum_address

from blockchain.chain.errors import ChainError
from blockchain.conf import settings
from blockchain.protocol.clock import ClockRules
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import Role
from blockchain.protocol.links import HEAD_BYTES
from blockchain.protocol.roles import ADMIN
from blockchain.protocol.typed_data import Domain

REQUIRED = ("address", "chain_id", "block_number", "genesis_hash", "genesis", "code_hash", "constructor_args", "abi")
# By the names of the parameter files, as the deployment script writes them.
ARGUMENTS = ("default_sla", "escalation_interval", "max_escalation_level")
ABI_PATH = Path(__file__).resolve().parents[1] / "abi" / "ComplaintRegistry.json"


class ArtifactError(ChainError):
    """The artifact is missing, incomplete, or not of this backend's contract. The message is one line."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployed ComplaintRegistry."""

    address: str  # checksummed
    chain_id: int
    block_number: int  # of the deployment: no event is older
    genesis_hash: str  # of block 0: tells chains with the same id apart
    genesis: str  # the contract's GENESIS, 22 bytes of `0x` hex: the head before the first link
    code_hash: str  # keccak256 of the runtime code
    rules: ClockRules
    # What the constructor granted: names of roles, and checksummed accounts.
    granted: frozenset[tuple[str, str]] = frozenset()
    abi: list[dict[str, Any]]

    @property
    def domain(self) -> Domain:
        """What typed data of this deployment is signed for."""
        return Domain(chain_id=self.chain_id, contract=self.address, genesis=self.genesis)

    @property
    def genesis_head(self) -> bytes:
        """`genesis` as bytes."""
        return unhex(self.genesis)


def deployment_load(path: Path) -> Deployment:
    """Reads the artifact at `path`. Raises `ArtifactError`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactError(f"no deployment artifact at {path}: deploy first, or set BLOCKCHAIN_DEPLOYMENT") from None
    except (OSError, ValueError) as error:
        raise ArtifactError(f"the deployment artifact {path} can't be read: {error}") from None
    if not isinstance(data, dict) or (missing := [key for key in REQUIRED if key not in data]):
        missing_text = ", ".join(missing) if isinstance(data, dict) else "everything"
        raise ArtifactError(f"the deployment artifact {path} lacks {missing_text}")
    if _signatures(data["abi"]) != _signatures(json.loads(ABI_PATH.read_text(encoding="utf-8"))):
        raise ArtifactError(f"the ABI in {path} is not that of this backend's contract: deploy it, or export the ABI")
    arguments = data["constructor_args"]
    if not isinstance(arguments, dict) or (absent := [key for key in ARGUMENTS if key not in arguments]):
        absent_text = ", ".join(absent) if isinstance(arguments, dict) else "all of them"
        raise ArtifactError(f"the deployment artifact {path} lacks constructor arguments: {absent_text}")
    try:
        return _deployment(data, arguments)
    except (TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(f"the deployment artifact {path} is not well-formed: {error}") from None


def _deployment(data: dict[str, Any], arguments: dict[str, Any]) -> Deployment:
    return Deployment(
        address=to_checksum_address(_hex(data["address"], length=20)),
        chain_id=int(data["chain_id"]),
        block_number=int(data["block_number"]),
        genesis_hash=_hex(data["genesis_hash"], length=32),
        genesis=_hex(data["genesis"], length=HEAD_BYTES),
        code_hash=_hex(data["code_hash"], length=32),
        rules=ClockRules(
            default_sla=int(arguments["default_sla"]),
            escalation_interval=int(arguments["escalation_interval"]),
            max_escalation_level=int(arguments["max_escalation_level"]),
        ),
        granted=frozenset(_granted(arguments)),
        abi=data["abi"],
    )


def _granted(arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if admin := arguments.get("admin"):
        yield ADMIN, to_checksum_address(admin)
    lists = {"intakes": Role.INTAKE, "recorders": Role.RECORDER, "sla_managers": Role.SLA_MANAGER}
    for name, role in lists.items():
        for account in arguments.get(name) or ():
            yield role.value, to_checksum_address(account)


def _hex(value: str, *, length: int) -> str:
    """Lower case, as nodes answer it. Raises `ValueError` unless it is so many bytes."""
    if not value.startswith("0x") or len(unhex(value)) != length:
        raise ValueError(f"{value!r:.80} is not {length} bytes of 0x hex")
    return value.lower()


@cache
def deployment() -> Deployment:
    """The deployment that `BLOCKCHAIN_DEPLOYMENT` names; read once. Raises `ArtifactError`."""
    return deployment_load(settings.BLOCKCHAIN_DEPLOYMENT)


def _signatures(abi: list[dict[str, Any]]) -> set[str]:
    """What must agree: functions, events and errors with their types; names of arguments may differ."""

    def types(items: list[dict[str, Any]]) -> str:
        return ",".join(
            f"{item['type']}{'*' if item.get('indexed') else ''}({types(item.get('components', []))})" for item in items
        )

    return {
        f"{item['type']} {item['name']}({types(item.get('inputs', []))}) {types(item.get('outputs', []))}"
        for item in abi
        if item["type"] in ("function", "event", "error")
    }
