"""Reading a deployed registry: its parameters, and who holds which role."""

from collections.abc import Iterable
from dataclasses import dataclass

from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import Web3RPCError
from web3.types import BlockIdentifier, LogReceipt

from tools.deployment.compiled import Abi
from tools.deployment.errors import DeploymentError

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


def _role_logs(w3: Web3, *, address: str, since: int) -> list[LogReceipt]:
    logs: list[LogReceipt] = []
    latest = w3.eth.block_number
    start, size = since, max(latest - since + 1, 1)
    while start <= latest:
        end = min(start + size - 1, latest)
        try:
            logs += w3.eth.get_logs(
                {
                    "address": Web3.to_checksum_address(address),
                    "topics": [[HexBytes(GRANTED), HexBytes(REVOKED)]],
                    "fromBlock": start,
                    "toBlock": end,
                }
            )
        except (Web3RPCError, ValueError) as error:
            size //= 2
            if size < SMALLEST_RANGE:
                raise DeploymentError(
                    f"the node does not answer eth_getLogs for {SMALLEST_RANGE} blocks: {error}"
                ) from None
            continue
        start = end + 1
    return logs
