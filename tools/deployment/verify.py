"""Does a live chain still hold what an artifact says?"""

from dataclasses import dataclass

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound

from tools.deployment.artifact import Artifact
from tools.deployment.checks import (
    code_hash,
    differences,
    genesis_block_hash,
    parameter_differences,
    role_differences,
)
from tools.deployment.compiled import Compiled
from tools.deployment.create2 import create2_address, deploys
from tools.deployment.registry import State, contract_at, current_holders, read_state
from tools.deployment.runtime_code import code_difference


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked, and how it differs: not at all, if `differences` is empty."""

    name: str
    differences: list[str]


def verify_chain(w3: Web3, artifact: Artifact) -> list[Check]:
    """Chain id, genesis block and code: is this the chain, and this the contract, that the artifact means?

    Stops at the first difference, since what comes after would be read from something else.
    """
    checks = [Check(name="chain id", differences=_differs(artifact.chain_id, w3.eth.chain_id))]
    if not checks[-1].differences:
        found = genesis_block_hash(w3)
        checks.append(Check(name="genesis block", differences=_differs(artifact.genesis_hash, found)))
    if not checks[-1].differences:
        code = bytes(w3.eth.get_code(Web3.to_checksum_address(artifact.address)))
        lines = _differs(artifact.code_hash, code_hash(code)) if code else [f"none at {artifact.address}"]
        checks.append(Check(name="code hash", differences=lines))
    return checks


def verify_code(w3: Web3, artifact: Artifact, *, compiled: Compiled | None = None) -> list[Check]:
    """Those of `verify_chain`, and the deployment transaction. With `compiled`, also the source.

    Stops where `verify_chain` does.
    """
    checks = verify_chain(w3, artifact)
    if checks[-1].differences:
        return checks
    checks.append(Check(name="deployment", differences=_deployment_differences(w3, artifact)))
    if compiled is not None:
        state = read_state(contract_at(w3, address=artifact.address, abi=artifact.abi))
        checks.append(Check(name="source", differences=_source_differences(w3, artifact, state, compiled=compiled)))
    return checks


def verify(w3: Web3, artifact: Artifact, *, compiled: Compiled | None = None) -> list[Check]:
    """All checks: those of `verify_code`, then parameters and roles as deployed.

    Roles are compared with the constructor's arguments, so one that was granted or revoked since is a difference.

    Raises `DeploymentError` if the node cannot answer for the roles.
    """
    checks = verify_code(w3, artifact, compiled=compiled)
    if checks[-1].name not in {"deployment", "source"}:
        return checks  # It stopped: this is not the chain, or not the contract.
    parameters, address = artifact.parameters(), artifact.address
    state = read_state(contract_at(w3, address=address, abi=artifact.abi))
    holders = current_holders(w3, address=address, since=artifact.block_number)
    own = [("version", artifact.version, state.version), ("genesis", artifact.genesis, "0x" + state.genesis.hex())]
    return [
        *checks,
        Check(name="parameters", differences=differences(own) + parameter_differences(state, parameters=parameters)),
        Check(name="roles", differences=role_differences(state, holders, parameters=parameters)),
    ]


def _source_differences(w3: Web3, artifact: Artifact, state: State, *, compiled: Compiled) -> list[str]:
    difference = code_difference(
        bytes(w3.eth.get_code(Web3.to_checksum_address(artifact.address))),
        compiled=compiled.runtime_code,
        address=artifact.address,
        genesis=state.genesis,
        parameters=artifact.parameters(),
    )
    return [
        *([difference] if difference else []),
        *([] if compiled.abi == artifact.abi else ["the ABI differs"]),
        *([] if artifact.salt is None else _differs(_address(artifact, artifact.salt, compiled), artifact.address)),
    ]


def _address(artifact: Artifact, salt: str, compiled: Compiled) -> str:
    """Where this source, with the arguments and the salt of the artifact, is deployed."""
    init_code = compiled.deployment_code + artifact.parameters().encoded()
    return create2_address(salt=bytes.fromhex(salt.removeprefix("0x")), init_code=init_code)


def _deployment_differences(w3: Web3, artifact: Artifact) -> list[str]:
    """Whether the transaction that made the contract is in the block that the artifact names."""
    try:
        receipt = w3.eth.get_transaction_receipt(HexBytes(artifact.tx_hash))
        block_hash = w3.eth.get_block(artifact.block_number)["hash"]
    except (TransactionNotFound, BlockNotFound):
        return [f"transaction {artifact.tx_hash} or block {artifact.block_number} is unknown to the node"]
    address = receipt.get("contractAddress")
    if artifact.salt is not None and deploys(receipt, address=artifact.address, admin=artifact.parameters().admin):
        address = Web3.to_checksum_address(artifact.address)
    return differences(
        [
            ("address", artifact.address, address),
            ("deployer", artifact.deployer, receipt["from"]),
            ("block_number", artifact.block_number, receipt["blockNumber"]),
            ("block_hash", artifact.block_hash, Web3.to_hex(receipt["blockHash"])),
            ("hash of that block", artifact.block_hash, Web3.to_hex(block_hash)),
        ]
    )


def _differs(expected: object, found: object) -> list[str]:
    return [] if expected == found else [f"expected {expected}, found {found}"]
