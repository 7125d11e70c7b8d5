"""Deploying: refuse early, keep the signed transaction before it is sent, and write the artifact once it is final.

A run finishes what an earlier run has begun: see `tools.deployment.pending`.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click
import requests
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3Exception

from tools.deployment.artifact import Artifact, read_artifact, require_absent
from tools.deployment.checks import genesis_block_hash
from tools.deployment.compiled import CONTRACT
from tools.deployment.connection import redact
from tools.deployment.create2 import find_deployment, require_proxy
from tools.deployment.errors import DeploymentError
from tools.deployment.files import remove
from tools.deployment.landing import Found, Landed, Landing, Patience, Watch
from tools.deployment.pending import Pending, create_pending, read_pending
from tools.deployment.places import shown
from tools.deployment.record import Examined, NotVisibleError, changes_since, examine, write_checked
from tools.deployment.signer import refuse_development_account
from tools.deployment.target import Target
from tools.deployment.transactions import Plan, plan_transaction, require_success, rpc_message, sign

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
        return _finish(w3, _landing(w3, pending, target, patience), target)

    _refuse_development_accounts(target)
    if target.address is not None:
        if w3.eth.get_code(Web3.to_checksum_address(target.address)):
            return _accept(w3, target, patience=patience, dry_run=dry_run)
        require_proxy(w3)
    account = signer()
    _describe(target, deployer=account.address)
    plan = _plan(w3, target, sender=account.address)
    if dry_run:
        cost = Web3.from_wei(plan.cost, "ether")
        click.echo(f"dry run: would succeed with at most {plan.gas:,} gas, at most {cost:.6f} ether; nothing was sent")
        return None
    pending = _sign(w3, account, plan, target)
    create_pending(pending, target.pending)
    click.echo(f"signed    {pending.tx_hash}; if this command is interrupted, run it again")
    return _finish(w3, _landing(w3, pending, target, patience), target)


def _accept(w3: Web3, target: Target, *, patience: Patience, dry_run: bool) -> Artifact | None:
    """The contract is there already. Whoever deployed it used this code and these arguments: the address tells."""
    click.echo(f"found     {target.address}, which has code")
    if dry_run:
        click.echo("dry run: nothing has to be sent")
        return None
    return _finish(w3, _found(w3, target, patience), target)


def _finish(w3: Web3, watch: Watch, target: Target) -> Artifact:
    landed, examined = _examined(w3, watch, target)
    receipt = landed.receipt
    if examined is None:
        if target.address is not None and w3.eth.get_code(Web3.to_checksum_address(target.address)):
            click.echo(f"{watch.tx_hash} failed, because somebody else had deployed the contract before")
            return _finish(w3, _found(w3, target, watch.patience), target)
        remove(target.pending)
        raise DeploymentError(f"{watch.tx_hash} was mined in block {receipt['blockNumber']}, and it failed")
    if not watch.is_still_final(landed):
        raise DeploymentError("the chain was reorganised while it was read; run the same command again")
    click.echo(
        f"deployed  {examined.artifact.address}, block {receipt['blockNumber']}, gas used {receipt['gasUsed']:,}"
    )
    artifact = write_checked(examined, target)
    if isinstance(watch, Found):
        for change in changes_since(w3, artifact):
            click.echo(f"note      changed since it was deployed: {change}")
    if target.pending.exists():
        remove(target.pending)
    return artifact


def _examined(w3: Web3, watch: Watch, target: Target) -> tuple[Landed, Examined | None]:
    """What came of a transaction that is final; `None` if it failed. Waits for a node that shows the contract late."""
    until = time.monotonic() + min(watch.patience.reading, watch.patience.timeout)
    while True:
        landed = watch.wait()
        if landed.receipt["status"] != 1:
            return landed, None
        try:
            return landed, examine(w3, landed, target)
        except NotVisibleError as error:
            reason = error.message
        except requests.RequestException as error:
            reason = f"the node does not answer ({type(error).__name__})"
        except Web3Exception as error:
            reason = f"the node says: {redact(rpc_message(error))}"
        if time.monotonic() > until:
            raise DeploymentError(f"{reason}; run the same command again, or use another node")
        watch.tell(f"for the contract to be shown ({reason})")
        watch.patience.sleep(watch.patience.poll)


def _landing(w3: Web3, pending: Pending, target: Target, patience: Patience) -> Landing:
    return Landing(w3=w3, tx_hash=pending.tx_hash, patience=patience, pending=pending, path=target.pending)


def _found(w3: Web3, target: Target, patience: Patience) -> Found:
    assert target.address is not None
    tx_hash = find_deployment(w3, address=target.address, admin=target.parameters.admin)
    return Found(w3=w3, tx_hash=tx_hash.to_0x_hex(), patience=patience)


def _plan(w3: Web3, target: Target, *, sender: str) -> Plan:
    abi = target.compiled.abi
    if target.to is not None:
        # The proxy keeps the constructor's reason for itself.
        require_success(w3, sender=target.to, to=None, data=target.init_code(), abi=abi)
    return plan_transaction(w3, sender=sender, to=target.to, data=target.data(), abi=abi, bounds=target.fees)


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
    same = artifact.tx_hash == pending.tx_hash or artifact.address == target.address
    return artifact if same and artifact.genesis_hash == pending.genesis_hash else None


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
    if target.salt is not None:
        click.echo(f"  address   {target.address} (CREATE2, salt 0x{target.salt.hex()})")
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
