"""The constructor's parameters: read from tools/networks/<network>.yaml, refused unless they are certainly meant."""

import os
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from eth_abi.abi import encode
from eth_utils.address import is_checksum_address

from tools.deployment.chain import Chain, parse_chain
from tools.deployment.compiled import Abi
from tools.deployment.errors import DeploymentError
from tools.deployment.finality import Finality
from tools.deployment.places import PARAMETERS, shown

ZERO_ADDRESS = "0x" + "00" * 20
YEAR = 365 * 86400
LOCAL_CHAIN_IDS = frozenset({31337, 1337})

# Name and type of each constructor argument, in order. A constructor that differs is refused: adapt `Parameters` to it.
CONSTRUCTOR = (
    ("admin", "address"),
    ("admin_transfer_delay", "uint48"),
    ("intakes", "address[]"),
    ("recorders", "address[]"),
    ("sla_managers", "address[]"),
    ("default_sla", "uint32"),
    ("escalation_interval", "uint32"),
    ("max_escalation_level", "uint8"),
)

# Smallest and largest value, as the contract's constructor bounds them.
RANGES = {
    "admin_transfer_delay": (0, YEAR),
    "default_sla": (0, 10 * YEAR),
    "escalation_interval": (1, YEAR),
    "max_escalation_level": (1, 32),
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What one network's registry is deployed with. Times in seconds, addresses checksummed."""

    chain_id: int
    admin: str
    admin_transfer_delay: int
    intakes: tuple[str, ...]
    recorders: tuple[str, ...]
    sla_managers: tuple[str, ...]
    default_sla: int
    escalation_interval: int
    max_escalation_level: int

    @property
    def is_local(self) -> bool:
        """Whether this is a development chain, where the well-known development accounts may be used."""
        return self.chain_id in LOCAL_CHAIN_IDS

    def constructor_args(self) -> dict[str, Any]:
        """Argument by name, in the constructor's order, as JSON has it."""
        values = {name: getattr(self, name) for name, _ in CONSTRUCTOR}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def encoded(self) -> bytes:
        """The constructor's arguments, ABI-encoded."""
        arguments = self.constructor_args()
        return encode([kind for _, kind in CONSTRUCTOR], [arguments[name] for name, _ in CONSTRUCTOR])


@dataclass(frozen=True, kw_only=True)
class NetworkFile:
    """What a parameter file says: what to deploy, when a block counts as final, and what the chain is like."""

    parameters: Parameters
    finality: Finality
    chain: Chain | None


def load_network_file(path: Path, *, abi: Abi) -> NetworkFile:
    """Reads and checks a parameter file.

    Raises `DeploymentError`, naming the file and the key, for anything that is missing, unknown, given twice, of
    another type, out of range, a zero address, not checksummed, or not in line with the constructor in `abi`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DeploymentError(f"{shown(path)}: {error.strerror}") from error
    try:
        values = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise DeploymentError(f"{shown(path)}: not valid YAML: {' '.join(str(error).split())}") from error
    try:
        check_constructor(abi)
        return _parse_network_file(values)
    except ValueError as error:
        raise DeploymentError(f"{shown(path)}: {error}") from error


def read_chain(path: Path) -> Chain | None:
    """What a parameter file says of its chain, whether or not its addresses are filled in. Raises `DeploymentError`."""
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
        return parse_chain(values["chain"]) if isinstance(values, dict) and "chain" in values else None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DeploymentError(f"{shown(path)}: {' '.join(str(error).split())}") from error


def find_parameters(*, chain_id: int, folder: Path = PARAMETERS) -> Path:
    """The one parameter file in `folder` that is for this chain.

    Raises `DeploymentError` if there is none, or more than one.
    """
    found = [path for path in sorted(folder.glob("*.yaml")) if _declared_chain_id(path) == chain_id]
    if len(found) != 1:
        problem = "no file" if not found else "more than one file"
        raise DeploymentError(
            f"{problem} in {shown(folder)} is for chain id {chain_id}; choose with --name or --parameters"
        )
    return found[0]


def check_constructor(abi: Abi) -> None:
    """Raises `ValueError` unless the constructor takes exactly `CONSTRUCTOR`."""
    inputs: Abi = next((entry["inputs"] for entry in abi if entry["type"] == "constructor"), [])
    found = tuple((_snake_case(entry["name"]), entry["type"]) for entry in inputs)
    if found != CONSTRUCTOR:
        listed = ", ".join(f"{kind} {name}" for name, kind in found)
        raise ValueError(f"the contract's constructor takes ({listed}), which these scripts do not know")


def _parse_network_file(values: object) -> NetworkFile:
    if not isinstance(values, dict):
        raise ValueError("must be a mapping of parameters")
    if "finality" not in values:
        raise ValueError("missing parameter: finality")
    parameters = parse_parameters({key: value for key, value in values.items() if key not in {"finality", "chain"}})
    chain = parse_chain(values["chain"]) if "chain" in values else None
    return NetworkFile(parameters=parameters, finality=Finality.parse(values["finality"]), chain=chain)


def parse_parameters(values: dict[Any, Any]) -> Parameters:
    """Raises `ValueError`, naming the key."""
    expected = ("chain_id", *(name for name, _ in CONSTRUCTOR))
    if unknown := sorted(str(key) for key in values.keys() - set(expected)):
        raise ValueError(f"unknown parameter: {', '.join(unknown)}")
    if missing := [key for key in expected if key not in values]:
        raise ValueError(f"missing parameter: {', '.join(missing)}")
    parsed: dict[str, Any] = {"chain_id": _integer("chain_id", values["chain_id"], 1, 2**64 - 1)}
    for name, kind in CONSTRUCTOR:
        if kind == "address":
            parsed[name] = parse_address(name, values[name])
        elif kind == "address[]":
            parsed[name] = _addresses(name, values[name])
        else:
            parsed[name] = _integer(name, values[name], *RANGES[name])
    return Parameters(**parsed)


def _integer(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name}: must be {low} to {high}, not {value}")
    return value


def _addresses(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{name}: must be a list of addresses, not {value!r}")
    addresses = tuple(parse_address(f"{name}[{index}]", item) for index, item in enumerate(value))
    if len(set(addresses)) != len(addresses):
        raise ValueError(f"{name}: holds an address twice")
    return addresses


def parse_address(name: str, value: object) -> str:
    """A checksummed address that is not zero; `"${NAME}"` is taken from the environment. Raises `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"{name}: put the address in quotes (YAML reads it as a number)")
    if isinstance(value, str) and (variable := re.fullmatch(r"\$\{(\w+)\}", value)):
        value = os.environ.get(variable[1], "")
        name = f"{name} ({variable[1]})"
        if not value:
            raise ValueError(f"{name}: the environment variable is not set; set it, or write the address into the file")
    if value == ZERO_ADDRESS:
        raise ValueError(f"{name}: is the zero address; fill in a real one")
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise ValueError(f"{name}: must be an address (0x and 40 hex digits), not {value!r}")
    if not is_checksum_address(value):
        raise ValueError(f"{name}: {value} has no valid checksum (EIP-55): look for a typing error")
    return value


def _declared_chain_id(path: Path) -> object:
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except (OSError, yaml.YAMLError):
        return None
    return values.get("chain_id") if isinstance(values, dict) else None


def _snake_case(name: str) -> str:
    """`maxEscalationLevel_` → `max_escalation_level`, `slaManagers` → `sla_managers`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip("_")).lower()


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)
