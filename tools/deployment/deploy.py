"""Deploying: refuse early, keep the signed transaction before it is sent, and write the artifact once it is final.

A run finishes what an earlier run has begun: see `tools.deployment.pending`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3

from tools.deployment.artifact import Artifact, read_artifact, require_absent
from tools.deployment.checks import genesis_block_hash
from tools.deployment.compiled import CONTRACT
from tools.deployment.errors import DeploymentError
from tools.deployment.files import remove
from tools.deployment.landing import Landing, Patience
from tools.deployment.pending import Pending, create_pending, read_pending
from tools.deployment.places import shown
from tools.deployment.record import examine, write_checked
from tools.deployment.signer import refuse_development_account
from tools.deployment.target import Target
from tools.deployment.transactions import Plan, plan_transaction, sign

if TYPE_CHECKING:
    from ape.api import AccountAPI


def deploy(
    w3: Web3, signer: Callable[[], "AccountAPI"], target: Target, *, patience: Patience, dry_run: bool = False
) -> Artifact | None:
    """Deploys, or finishes what an earlier run began; checks what came of it, and writes the artifact.

    Returns the artifact, or `None` after a dry run. `signer` is asked for only if there is something to sign.

    Raises `DeploymentError`. If it says that the contract is deployed, the address is in the message, and no artifact
    has been written.
    """
    _require_chain(w3, target)
    pending = _pending_of(w3, target)
    if pending is not None and (recorded := _recorded(pending, target)) is not None:
        remove(target.pending)
        pending = None
        if not target.force:
            click.echo(f"{shown(target.output)} was written by an earlier run; nothing is left to do")
            return recorded
    require_absent(target.output, force=target.force)
    if pending is not None:
        if dry_run:
            raise DeploymentError(f"{shown(target.pending)} holds an unfinished deployment, {pending.tx_hash}")
        click.echo(f"continuing with {pending.tx_hash}, kept in {shown(target.pending)}")
        return _finish(w3, pending, target, patience=patience)

    _refuse_development_accounts(target)
    account = signer()
    _describe(target, deployer=account.address)
    plan = plan_transaction(w3, sender=account.address, to=None, data=target.data(), abi=target.compiled.abi)
    if dry_run:
        cost = Web3.from_wei(plan.cost, "ether")
        click.echo(f"dry run: would succeed with at most {plan.gas:,} gas, at most {cost:.6f} ether; nothing was sent")
        return None
    pending = _sign(w3, account, plan, target)
    create_pending(pending, target.pending)
    click.echo(f"signed    {pending.tx_hash}; if this command is interrupted, run it again")
    return _finish(w3, pending, target, patience=patience)


def _finish(w3: Web3, pending: Pending, target: Target, *, patience: Patience) -> Artifact:
    landing = Landing(w3=w3, pending=pending, path=target.pending, patience=patience)
    landed = landing.wait()
    receipt = landed.receipt
    if receipt["status"] != 1:
        remove(target.pending)
        raise DeploymentError(f"{pending.tx_hash} was mined in block {receipt['blockNumber']}, and it failed")
    examined = examine(w3, landed, target)
    if not landing.is_still_final(landed):
        raise DeploymentError("the chain was reorganised while it was read; run the same command again")
    click.echo(
        f"deployed  {examined.artifact.address}, block {receipt['blockNumber']}, gas used {receipt['gasUsed']:,}"
    )
    artifact = write_checked(examined, target)
    remove(target.pending)
    return artifact


def _pending_of(w3: Web3, target: Target) -> Pending | None:
    """What an earlier run left. Raises `DeploymentError` if it is of another chain, or of another deployment."""
    pending, path = read_pending(target.pending), shown(target.pending)
    if pending is None:
        return None
    if (pending.chain_id, pending.genesis_hash) != (target.parameters.chain_id, genesis_block_hash(w3)):
        if not target.parameters.is_local:
            raise DeploymentError(
                f"{path} belongs to another chain; finish the deployment there, or delete the file to abandon it"
            )
        remove(target.pending)
        click.echo(f"{path} belonged to a local chain that is gone, and was deleted")
        return None
    if pending.data_hash != _hash(target.data()):
        raise DeploymentError(
            f"{path} has other parameters or another source; finish the deployment with those, or delete the file to "
            f"abandon it"
        )
    if pending.tx_hash != _hash(HexBytes(pending.raw_transaction)):
        raise DeploymentError(f"{path} is damaged: the hash is not that of the transaction; nothing was sent")
    return pending


def _recorded(pending: Pending, target: Target) -> Artifact | None:
    """The artifact of this very deployment, if the run that wrote it ended before it could delete the record."""
    try:
        artifact = read_artifact(target.output)
    except DeploymentError:
        return None
    same = (artifact.tx_hash, artifact.genesis_hash) == (pending.tx_hash, pending.genesis_hash)
    return artifact if same else None


def _sign(w3: Web3, account: "AccountAPI", plan: Plan, target: Target) -> Pending:
    raw = sign(account, plan)
    return Pending(
        network=target.network,
        chain_id=target.parameters.chain_id,
        genesis_hash=genesis_block_hash(w3),
        deployer=account.address,
        nonce=plan.fields["nonce"],
        tx_hash=_hash(raw),
        raw_transaction=raw.to_0x_hex(),
        data_hash=_hash(target.data()),
    )


def _require_chain(w3: Web3, target: Target) -> None:
    if w3.eth.chain_id != target.parameters.chain_id:
        raise DeploymentError(
            f"wrong chain: the node is on chain id {w3.eth.chain_id}, the parameters of {target.network!r} are for "
            f"{target.parameters.chain_id}"
        )


def _refuse_development_accounts(target: Target) -> None:
    parameters = target.parameters
    if parameters.is_local:
        return
    for what, addresses in (
        ("admin", (parameters.admin,)),
        ("intake", parameters.intakes),
        ("recorder", parameters.recorders),
        ("SLA manager", parameters.sla_managers),
    ):
        for address in addresses:
            refuse_development_account(address, what=what)


def _describe(target: Target, *, deployer: str) -> None:
    parameters = target.parameters
    click.echo(f"{CONTRACT} on {target.network} (chain id {parameters.chain_id})")
    click.echo(f"  deployer  {deployer}")
    click.echo(f"  admin     {parameters.admin} (transfer delay {parameters.admin_transfer_delay} s)")
    holders = (*parameters.intakes, *parameters.recorders, *parameters.sla_managers)
    click.echo(f"  intakes   {', '.join(parameters.intakes) or 'none'}")
    click.echo(f"  recorders {', '.join(parameters.recorders) or 'none'}")
    click.echo(f"  SLA managers {', '.join(parameters.sla_managers) or 'none'}")
    click.echo(f"  deadline {parameters.default_sla} s after a filing" if parameters.default_sla else "  no deadline")
    click.echo(f"  escalation every {parameters.escalation_interval} s, up to level {parameters.max_escalation_level}")
    if parameters.admin in (deployer, *holders):
        click.echo("  warning: the admin's key has another task as well; separate keys are safer")


def _hash(data: bytes) -> str:
    return "0x" + keccak(data).hex()
