"""What must hold of a deployed registry. Each check returns the differences that it found, one line each."""

from eth_utils.crypto import keccak
from web3 import Web3

from scripts._deployment.parameters import Parameters
from scripts._deployment.registry import (
    ADMIN_ROLE,
    RECORDER_ROLE,
    SLA_MANAGER_ROLE,
    Holders,
    State,
)
from scripts._deployment.runtime_code import genesis_head


def parameter_differences(state: State, *, parameters: Parameters, address: str) -> list[str]:
    """The immutable parameters, and the head before the first link, which binds it to this chain and address."""
    expected_genesis = genesis_head(chain_id=parameters.chain_id, address=address)
    return _differences(
        [
            ("GENESIS", "0x" + expected_genesis.hex(), "0x" + state.genesis.hex()),
            ("escalation_interval", parameters.escalation_interval, state.escalation_interval),
            ("max_escalation_level", parameters.max_escalation_level, state.max_escalation_level),
        ]
    )


def role_differences(state: State, holders: Holders, *, parameters: Parameters) -> list[str]:
    """Admin, transfer delay, and the exact set of holders of every role."""
    expected: Holders = {
        ADMIN_ROLE: frozenset([parameters.admin]),
        RECORDER_ROLE: frozenset(parameters.recorders),
        SLA_MANAGER_ROLE: frozenset(parameters.sla_managers),
    }
    found = [
        ("admin", parameters.admin, state.admin),
        ("admin_transfer_delay", parameters.admin_transfer_delay, state.admin_transfer_delay),
    ]
    lines = _differences(found)
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


def _differences(values: list[tuple[str, object, object]]) -> list[str]:
    return [f"{name}: expected {wanted}, found {found}" for name, wanted, found in values if wanted != found]
