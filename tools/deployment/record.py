"""What came of a deployment, read as of a final block: its artifact, and what differs from what was meant."""

from dataclasses import dataclass

import click
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import BlockIdentifier, TxReceipt

from tools.deployment.artifact import Artifact, write_artifact
from tools.deployment.checks import code_hash, genesis_block_hash, parameter_differences, role_differences
from tools.deployment.compiled import CONTRACT
from tools.deployment.create2 import deploys
from tools.deployment.errors import DeploymentError
from tools.deployment.landing import Landed
from tools.deployment.places import shown
from tools.deployment.registry import contract_at, current_holders, read_state, role_holders
from tools.deployment.runtime_code import code_difference
from tools.deployment.target import Target


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An artifact that may be written if there are no `differences`, one line each."""

    artifact: Artifact
    differences: list[str]


class NotVisibleError(DeploymentError):
    """The node does not show the contract, or not yet."""


def examine(w3: Web3, landed: Landed, target: Target) -> Examined:
    """Reads the contract as of the final block, or of the newest one if the node no longer knows the state of that.

    Code and immutables never change, so that either block tells the same of them, once the deployment is final.

    Raises `NotVisibleError` if there is no code, or `DeploymentError` if the transaction deploys something else.
    """
    try:
        return _examine_at(w3, landed, target, block=landed.final_number)
    except (NotVisibleError, Web3RPCError):
        return _examine_at(w3, landed, target, block="latest")


def _examine_at(w3: Web3, landed: Landed, target: Target, *, block: BlockIdentifier) -> Examined:
    receipt = landed.receipt
    address = _deployed_address(w3, receipt, target)
    code = bytes(w3.eth.get_code(address, block_identifier=block))
    if not code:
        raise NotVisibleError(f"there is no code at {address} in block {block!s}; no artifact was written")
    parameters = target.parameters
    state = read_state(contract_at(w3, address=address, abi=target.compiled.abi), block=block)
    artifact = Artifact(
        contract=CONTRACT,
        version=state.version,
        network=target.network,
        chain_id=parameters.chain_id,
        address=address,
        genesis="0x" + state.genesis.hex(),
        deployer=str(receipt["from"]),
        tx_hash=receipt["transactionHash"].to_0x_hex(),
        block_number=receipt["blockNumber"],
        block_hash=HexBytes(receipt["blockHash"]).to_0x_hex(),
        genesis_hash=genesis_block_hash(w3),
        constructor_args=parameters.constructor_args(),
        code_hash=code_hash(code),
        compiler=target.compiled.compiler,
        abi=target.compiled.abi,
        salt=None if target.salt is None else "0x" + target.salt.hex(),
    )
    difference = code_difference(
        code, compiled=target.compiled.runtime_code, address=address, genesis=state.genesis, parameters=parameters
    )
    if difference:
        return Examined(artifact=artifact, differences=[f"code: {difference}"])
    holders = role_holders(receipt["logs"], address=address)
    differences = [
        *parameter_differences(state, parameters=parameters),
        *role_differences(state, holders, parameters=parameters),
    ]
    return Examined(artifact=artifact, differences=differences)


def changes_since(w3: Web3, artifact: Artifact) -> list[str]:
    """How admin and roles differ now from what the contract was deployed with, one line each."""
    state = read_state(contract_at(w3, address=artifact.address, abi=artifact.abi))
    holders = current_holders(w3, address=artifact.address, since=artifact.block_number)
    return role_differences(state, holders, parameters=artifact.parameters())


def _deployed_address(w3: Web3, receipt: TxReceipt, target: Target) -> ChecksumAddress:
    tx_hash = receipt["transactionHash"]
    if target.address is not None:
        # The address follows from code and arguments, whoever sent the transaction, and whatever else it does.
        if deploys(receipt, address=target.address, admin=target.parameters.admin):
            return Web3.to_checksum_address(target.address)
    elif receipt["contractAddress"] is not None and bytes(w3.eth.get_transaction(tx_hash)["input"]) == target.data():
        return Web3.to_checksum_address(receipt["contractAddress"])
    raise DeploymentError(f"{tx_hash.to_0x_hex()} does not deploy this contract with these parameters")


def write_checked(examined: Examined, target: Target) -> Artifact:
    """Writes the artifact of a deployment that is as it was meant. Raises `DeploymentError` if it is not, or cannot."""
    artifact = examined.artifact
    if examined.differences:
        raise DeploymentError(
            f"the contract is deployed at {artifact.address}, but what was read back differs, so no artifact was "
            f"written: {'; '.join(examined.differences)}"
        )
    click.echo("checked   code, immutables, parameters and roles, as read back from the chain")
    try:
        write_artifact(artifact, target.output)
    except OSError as error:
        raise DeploymentError(
            f"the contract is deployed at {artifact.address}, but {shown(target.output)} could not be written "
            f"({error.strerror}); run the same command again"
        ) from error
    click.echo(f"artifact  {shown(target.output)}")
    return artifact
