"""Deploying: refuse early, send, read back, and only then write the artifact."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from eth_abi.abi import encode
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound
from web3.types import TxReceipt

from scripts._deployment.artifact import Artifact, require_absent, write_artifact
from scripts._deployment.checks import code_hash, genesis_block_hash, parameter_differences, role_differences
from scripts._deployment.compiled import CONTRACT, Compiled
from scripts._deployment.errors import DeploymentError
from scripts._deployment.parameters import CONSTRUCTOR, Parameters
from scripts._deployment.places import shown
from scripts._deployment.registry import contract_at, read_state, role_holders
from scripts._deployment.runtime_code import code_difference
from scripts._deployment.signer import refuse_development_account
from scripts._deployment.transactions import TransactionFailedError, plan_transaction, send, wait

if TYPE_CHECKING:
    from ape.api import AccountAPI


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is deployed, and where the artifact goes."""

    network: str
    parameters: Parameters
    compiled: Compiled
    output: Path
    force: bool = False


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a receipt is waited for (`timeout`, seconds), and how many blocks must lie on top of it."""

    timeout: float
    confirmations: int


def check_target(w3: Web3, target: Target) -> None:
    """Everything that can be refused before there is a transaction. Raises `DeploymentError`."""
    parameters = target.parameters
    if w3.eth.chain_id != parameters.chain_id:
        raise DeploymentError(
            f"wrong chain: the node is on chain id {w3.eth.chain_id}, the parameters of {target.network!r} are for "
            f"{parameters.chain_id}"
        )
    require_absent(target.output, force=target.force)
    if not parameters.is_local:
        for what, addresses in (
            ("admin", (parameters.admin,)),
            ("recorder", parameters.recorders),
            ("SLA manager", parameters.sla_managers),
        ):
            for address in addresses:
                refuse_development_account(address, what=what)


def deploy(
    w3: Web3, account: "AccountAPI", target: Target, *, patience: Patience, dry_run: bool = False
) -> Artifact | None:
    """Deploys, checks what came of it, and writes the artifact, which is returned (`None` after a dry run).

    Raises `DeploymentError`. If it says that the contract is deployed, the address is in the message, and no artifact
    has been written.
    """
    check_target(w3, target)
    parameters = target.parameters
    click.echo(f"{CONTRACT} on {target.network} (chain id {parameters.chain_id})")
    click.echo(f"  deployer  {account.address}")
    click.echo(f"  admin     {parameters.admin} (transfer delay {parameters.admin_transfer_delay} s)")
    click.echo(f"  recorders {', '.join(parameters.recorders) or 'none'}")
    click.echo(f"  SLA managers {', '.join(parameters.sla_managers) or 'none'}")
    click.echo(f"  escalation every {parameters.escalation_interval} s, up to level {parameters.max_escalation_level}")
    if account.address == parameters.admin or parameters.admin in (*parameters.recorders, *parameters.sla_managers):
        click.echo("  warning: the admin's key has another task as well; separate keys are safer")

    plan = plan_transaction(w3, sender=account.address, to=None, data=deployment_data(target), abi=target.compiled.abi)
    if dry_run:
        cost = Web3.from_wei(plan.cost, "ether")
        click.echo(f"dry run: would succeed with at most {plan.gas:,} gas, at most {cost:.6f} ether; nothing was sent")
        return None
    tx_hash = send(w3, account, plan)
    click.echo(f"sent      {Web3.to_hex(tx_hash)}")
    return record(w3, tx_hash, target, patience=patience)


def resume_deployment(w3: Web3, tx_hash: bytes, target: Target, *, patience: Patience) -> Artifact:
    """Finishes a deployment whose transaction was sent before. Sends nothing, and needs no key.

    Raises `DeploymentError`; see `deploy`.
    """
    check_target(w3, target)
    try:
        w3.eth.get_transaction(HexBytes(tx_hash))
    except TransactionNotFound:
        raise DeploymentError(f"the node does not know transaction {Web3.to_hex(tx_hash)}") from None
    return record(w3, HexBytes(tx_hash), target, patience=patience)


def record(w3: Web3, tx_hash: HexBytes, target: Target, *, patience: Patience) -> Artifact:
    """Waits for a deployment that has been sent, checks it, and writes the artifact.

    Raises `DeploymentError`; see `deploy`.
    """
    try:
        receipt = wait(w3, tx_hash, timeout=patience.timeout, confirmations=patience.confirmations)
    except TransactionFailedError:
        raise
    except DeploymentError as error:
        raise DeploymentError(
            f"{error.message}; no artifact was written, go on with --resume {tx_hash.to_0x_hex()}"
        ) from None
    transaction = w3.eth.get_transaction(tx_hash)
    if receipt["contractAddress"] is None or bytes(transaction["input"]) != deployment_data(target):
        raise DeploymentError(f"{tx_hash.to_0x_hex()} does not deploy this contract with these parameters")
    address = str(receipt["contractAddress"])
    click.echo(f"deployed  {address}, block {receipt['blockNumber']}, gas used {receipt['gasUsed']:,}")

    if differences := read_back(w3, receipt, target):
        raise DeploymentError(
            f"the contract is deployed at {address}, but what was read back differs, so no artifact was written: "
            + "; ".join(differences)
        )
    click.echo("checked   code, genesis, parameters and roles, as read back from the chain")
    artifact = Artifact(
        contract=CONTRACT,
        network=target.network,
        chain_id=target.parameters.chain_id,
        address=address,
        deployer=str(transaction["from"]),
        tx_hash=Web3.to_hex(tx_hash),
        block_number=receipt["blockNumber"],
        block_hash=Web3.to_hex(receipt["blockHash"]),
        genesis_hash=genesis_block_hash(w3),
        constructor_args=target.parameters.constructor_args(),
        code_hash=code_hash(bytes(w3.eth.get_code(Web3.to_checksum_address(address)))),
        compiler=target.compiled.compiler,
        abi=target.compiled.abi,
    )
    try:
        require_absent(target.output, force=target.force)
        write_artifact(artifact, target.output)
    except (OSError, DeploymentError) as error:
        reason = error.message if isinstance(error, DeploymentError) else error.strerror
        raise DeploymentError(
            f"the contract is deployed at {address}, but its artifact could not be written ({reason}); "
            f"go on with --resume {tx_hash.to_0x_hex()}"
        ) from error
    click.echo(f"artifact  {shown(target.output)}")
    return artifact


def read_back(w3: Web3, receipt: TxReceipt, target: Target) -> list[str]:
    """What differs between the deployed contract and what was meant; nothing, if all is well."""
    address = str(receipt["contractAddress"])
    parameters = target.parameters
    code = bytes(w3.eth.get_code(Web3.to_checksum_address(address)))
    if difference := code_difference(
        code, compiled=target.compiled.runtime_code, address=address, parameters=parameters
    ):
        return [f"code: {difference}"]
    state = read_state(contract_at(w3, address=address, abi=target.compiled.abi))
    holders = role_holders(receipt["logs"], address=address)
    return [
        *parameter_differences(state, parameters=parameters, address=address),
        *role_differences(state, holders, parameters=parameters),
    ]


def deployment_data(target: Target) -> bytes:
    """The transaction's data: deployment code, then the encoded constructor arguments."""
    arguments = target.parameters.constructor_args()
    types = [kind for _, kind in CONSTRUCTOR]
    return target.compiled.deployment_code + encode(types, [arguments[name] for name, _ in CONSTRUCTOR])
