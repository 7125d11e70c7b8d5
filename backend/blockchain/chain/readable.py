"""Values of the contract's errors as a person reads them: names of roles, statuses and kinds, and times."""

from datetime import UTC, datetime
from typing import Any

from eth_hash.auto import keccak

from blockchain.protocol.clock import NEVER
from blockchain.protocol.kinds import EventType, Role, Status

ROLES = {keccak(role.value.encode()): role.value for role in (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)}
ROLES[bytes(32)] = "DEFAULT_ADMIN_ROLE"
# By the last part of the compiler's name for the type.
ENUMS = {"Status": Status, "EventType": EventType}
# Unix seconds.
TIMES = ("deadline", "validUntil", "schedule")


def readable(entry: dict[str, Any], value: Any) -> str:
    """An argument of an error; `entry` is its declaration in the ABI. What has no name is shown as it is."""
    enum = ENUMS.get(str(entry.get("internalType", "")).rpartition(".")[2])
    if enum is not None and value in set(enum):
        return enum(value).name
    if isinstance(value, bytes):
        return ROLES.get(value, "0x" + value.hex()) if entry["name"].lower().endswith("role") else "0x" + value.hex()
    if entry["name"] in TIMES and isinstance(value, int) and 0 < value < NEVER:
        return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return str(value)
