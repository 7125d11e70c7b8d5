"""What must hold of a deployed registry. Each check returns the differences that it found, one line each."""

from collections.abc import Sequence

from eth_utils.crypto import keccak
from web3 import Web3

from tools.deployment.parameters import Parameters
from tools.deployment.registry import (
    ADMIN_ROLE,
    INTAKE_ROLE,
    RECORDER_ROLE,
    SLA_MANAGER_ROLE,
    Holders,
    State,
)


def parameter_differences(state: State, *, parameters: Parameters) -> list[str]:
    """The immutable parameters."""
    names = ("default_sla", "escalation_interval", "max_escalation_level")
    return differences([(name, getattr(parameters, name), getattr(state, name)) for name in names])


def role_differences(state: State, holders: Holders, *, parameters: Parameters) -> list[str]:
    """Admin, transfer delay, and the exact set of holders of every role."""
    expected: Holders = {
        ADMIN_ROLE: frozenset([parameters.admin]),
        INTAKE_ROLE: frozenset(parameters.intakes),
        RECORDER_ROLE: frozenset(parameters.recorders),
        SLA_MANAGER_ROLE: frozenset(parameters.sla_managers),
    }
    found = [
        ("admin", parameters.admin, state.admin),
        ("admin_transfer_delay", parameters.admin_transfer_delay, state.admin_transfer_delay),
    ]
    lines = differences(found)
    for role in sorted(expected.keys() | holders.keys()):
        wanted, present = expected.get(role, frozenset()), holders.get(role, frozenset())
        lines += [f"{role}: {account} does not hold it" for account in sorted(wanted - present)]
        lines += [f"{role}: {account} holds it as well" for account in sorted(present - wanted)]
    return lines


def genesis_block_hash(w3: Web3) -> str:
    """The hash of block 0, which tells two chains of one chain id apart."""
    return Web3.to_hex(w3.eth.get_block(0)["hash"])


def code_hash(code: bytes) -> str:
    """Keccak-256 of runtime code."""
    return "0x" + keccak(code).hex()


def differences(values: Sequence[tuple[str, object, object]]) -> list[str]:
    """One line for each `(name, expected, found)` of which the last two are not the same."""
    return [f"{name}: expected {wanted}, found {found}" for name, wanted, found in values if wanted != found]
