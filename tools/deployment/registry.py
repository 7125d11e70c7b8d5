"""Reading a deployed registry: its parameters, and who holds which role."""

from collections.abc import Iterable
from dataclasses import dataclass

import requests
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import Web3RPCError
from web3.types import BlockIdentifier, FilterParams, LogReceipt

from tools.deployment.compiled import Abi
from tools.deployment.connection import redact
from tools.deployment.errors import DeploymentError
from tools.deployment.transactions import rpc_message

ADMIN_ROLE = "DEFAULT_ADMIN_ROLE"
INTAKE_ROLE = "INTAKE_ROLE"
RECORDER_ROLE = "RECORDER_ROLE"
SLA_MANAGER_ROLE = "SLA_MANAGER_ROLE"
ROLES = {
    ADMIN_ROLE: bytes(32),
    INTAKE_ROLE: keccak(text=INTAKE_ROLE),
    RECORDER_ROLE: keccak(text=RECORDER_ROLE),
    SLA_MANAGER_ROLE: keccak(text=SLA_MANAGER_ROLE),
}
GRANTED = keccak(text="RoleGranted(bytes32,address,address)")
REVOKED = keccak(text="RoleRevoked(bytes32,address,address)")

# A node that answers fewer blocks than this at a time cannot be asked about a chain's history.
SMALLEST_RANGE = 500
# Requests after which a search through a chain's history is given up.
MOST_REQUESTS = 2_000

Holders = dict[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class State:
    """What the contract says of itself. Times in seconds."""

    version: str
    genesis: bytes
    admin: str
    admin_transfer_delay: int
    default_sla: int
    escalation_interval: int
    max_escalation_level: int


def contract_at(w3: Web3, *, address: str, abi: Abi) -> Contract:
    """The contract at `address`."""
    return w3.eth.contract(address=Web3.to_checksum_address(address), abi=abi)


def read_state(registry: Contract, *, block: BlockIdentifier = "latest") -> State:
    """Asks the contract's getters, all of them as of `block`."""
    functions = registry.functions
    return State(
        version=functions.version().call(block_identifier=block),
        genesis=bytes(functions.GENESIS().call(block_identifier=block)),
        admin=functions.defaultAdmin().call(block_identifier=block),
        admin_transfer_delay=functions.defaultAdminDelay().call(block_identifier=block),
        default_sla=functions.defaultSLA().call(block_identifier=block),
        escalation_interval=functions.escalationInterval().call(block_identifier=block),
        max_escalation_level=functions.maxEscalationLevel().call(block_identifier=block),
    )


def role_holders(logs: Iterable[LogReceipt], *, address: str) -> Holders:
    """Who holds each role after these logs, which must be all of the contract's, in order. Other logs are skipped."""
    holders: dict[bytes, set[str]] = {role: set() for role in ROLES.values()}
    for log in logs:
        topics = [bytes(topic) for topic in log["topics"]]
        if log["address"].lower() != address.lower() or not topics or topics[0] not in {GRANTED, REVOKED}:
            continue
        account = Web3.to_checksum_address(topics[2][-20:])
        of_role = holders.setdefault(topics[1], set())
        (of_role.add if topics[0] == GRANTED else of_role.discard)(account)
    names = {role: name for name, role in ROLES.items()}
    return {names.get(role, "0x" + role.hex()): frozenset(accounts) for role, accounts in holders.items()}


def current_holders(w3: Web3, *, address: str, since: int) -> Holders:
    """Who holds each role now, from the contract's events since block `since`, the one it was deployed in.

    Raises `DeploymentError` if the node does not answer for ranges of a useful size.
    """
    return role_holders(_role_logs(w3, address=address, since=since), address=address)


def newest_log(w3: Web3, wanted: FilterParams) -> LogReceipt | None:
    """The newest log that `wanted` (addresses and topics) fits, searched for from the newest block backwards.

    Raises `DeploymentError` if the node answers for ranges too small to search the whole chain.
    """
    latest = int(w3.eth.block_number)
    end, size = latest, latest + 1
    for _ in range(MOST_REQUESTS):
        if end < 0:
            return None
        start = max(end - size + 1, 0)
        logs = _logs(w3, wanted, start=start, end=end)
        if isinstance(logs, Exception):
            size = _smaller(size, logs)
        elif logs:
            return logs[-1]
        else:
            end = start - 1
    raise DeploymentError(
        f"nothing found in the newest {latest - end:,} blocks; use a node that answers eth_getLogs for wider ranges"
    )


def _role_logs(w3: Web3, *, address: str, since: int) -> list[LogReceipt]:
    wanted: FilterParams = {
        "address": Web3.to_checksum_address(address),
        "topics": [[HexBytes(GRANTED), HexBytes(REVOKED)]],
    }
    logs: list[LogReceipt] = []
    latest = w3.eth.block_number
    start, size = since, max(latest - since + 1, 1)
    while start <= latest:
        end = min(start + size - 1, latest)
        found = _logs(w3, wanted, start=start, end=end)
        if isinstance(found, Exception):
            size = _smaller(size, found)
            continue
        logs += found
        start = end + 1
    return logs


def _logs(w3: Web3, wanted: FilterParams, *, start: int, end: int) -> list[LogReceipt] | Exception:
    """What the node says, or how it refuses: it may be because of the range, in one of many forms."""
    try:
        return w3.eth.get_logs({**wanted, "fromBlock": start, "toBlock": end})
    except (Web3RPCError, requests.HTTPError, ValueError) as error:
        return error


def _smaller(size: int, refusal: Exception) -> int:
    if size // 2 < SMALLEST_RANGE:
        reason = redact(rpc_message(refusal))
        raise DeploymentError(f"the node does not answer eth_getLogs for {SMALLEST_RANGE} blocks: {reason}") from None
    return size // 2
