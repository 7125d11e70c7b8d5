"""Granting and revoking roles, and handing the admin over. Every change is read back from the chain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from web3 import Web3
from web3.contract import Contract

from tools.deployment.artifact import Artifact
from tools.deployment.errors import DeploymentError
from tools.deployment.registry import (
    INTAKE_ROLE,
    RECORDER_ROLE,
    ROLES,
    SLA_MANAGER_ROLE,
    contract_at,
    current_holders,
)
from tools.deployment.transactions import plan_transaction, send, wait
from tools.deployment.verify import verify_chain

if TYPE_CHECKING:
    from ape.api import AccountAPI

ROLE_OPTIONS = {"intake": INTAKE_ROLE, "recorder": RECORDER_ROLE, "sla_manager": SLA_MANAGER_ROLE}


@dataclass(frozen=True, kw_only=True)
class Administration:
    """One deployed registry, and how long (`timeout`, seconds; `confirmations`, blocks) its receipts are waited for."""

    w3: Web3
    artifact: Artifact
    timeout: float
    confirmations: int

    @property
    def registry(self) -> Contract:
        """The contract."""
        return contract_at(self.w3, address=self.artifact.address, abi=self.artifact.abi)

    @property
    def admin(self) -> str:
        """Who grants and revokes now."""
        return str(self.registry.functions.defaultAdmin().call())

    @property
    def pending_admin(self) -> tuple[str, int]:
        """Who may accept the admin, and after which time (Unix seconds; 0: nobody)."""
        account, schedule = self.registry.functions.pendingDefaultAdmin().call()
        return str(account), int(schedule)


def require_same_chain(w3: Web3, artifact: Artifact) -> None:
    """Raises `DeploymentError` unless the node has the contract that the artifact means."""
    last = verify_chain(w3, artifact)[-1]
    if last.differences:
        raise DeploymentError(f"not the chain of this artifact: {last.name}: {last.differences[0]}")


def set_role(
    administration: Administration, signer: Callable[[], "AccountAPI"], *, role: str, account: str, hold: bool
) -> None:
    """Grants `role` to `account`, or revokes it (`hold`: false). Does nothing if that is so already.

    Raises `DeploymentError`.
    """
    name = ROLE_OPTIONS[role]
    holds = administration.registry.functions.hasRole(ROLES[name], account).call
    if holds() == hold:
        click.echo(f"{account} {'already holds' if hold else 'does not hold'} {name}; nothing to do")
        return
    admin = signer()
    _require_admin(administration, admin.address)
    _transact(administration, admin, "grantRole" if hold else "revokeRole", ROLES[name], account)
    if holds() != hold:
        raise DeploymentError(f"read back: {account} {'does not hold' if hold else 'still holds'} {name}")
    click.echo(f"{account} {'now holds' if hold else 'no longer holds'} {name}")


def list_holders(administration: Administration) -> None:
    """Prints who holds which role, as the contract's events have it."""
    artifact = administration.artifact
    holders = current_holders(administration.w3, address=artifact.address, since=artifact.block_number)
    for role, accounts in sorted(holders.items()):
        for account in sorted(accounts) or ["nobody"]:
            click.echo(f"{role:18} {account}")
    pending, schedule = administration.pending_admin
    if schedule:
        click.echo(f"{'pending admin':18} {pending}, from {_time(schedule)} on")


def begin_transfer(administration: Administration, account: "AccountAPI", *, to: str) -> None:
    """First step of handing the admin over: `to` may accept once the delay has passed. Raises `DeploymentError`."""
    _require_admin(administration, account.address)
    _transact(administration, account, "beginDefaultAdminTransfer", to)
    pending, schedule = administration.pending_admin
    if pending != to:
        raise DeploymentError(f"read back: the pending admin is {pending}, not {to}")
    click.echo(f"{to} may accept the admin from {_time(schedule)} on")


def cancel_transfer(administration: Administration, account: "AccountAPI") -> None:
    """Takes the first step back. Raises `DeploymentError`."""
    _require_admin(administration, account.address)
    _transact(administration, account, "cancelDefaultAdminTransfer")
    if administration.pending_admin[1]:
        raise DeploymentError("read back: the transfer is still pending")
    click.echo("no transfer is pending")


def accept_transfer(administration: Administration, account: "AccountAPI") -> None:
    """Second step, by the new admin. Raises `DeploymentError`."""
    pending, schedule = administration.pending_admin
    if pending != account.address or not schedule:
        raise DeploymentError(f"{account.address} is not the pending admin")
    now = administration.w3.eth.get_block("latest")["timestamp"]
    if now <= schedule:
        raise DeploymentError(f"the transfer can be accepted after {_time(schedule)}, and the chain is at {_time(now)}")
    _transact(administration, account, "acceptDefaultAdminTransfer")
    if administration.admin != account.address:
        raise DeploymentError(f"read back: the admin is {administration.admin}")
    click.echo(f"the admin is now {account.address}")


def _require_admin(administration: Administration, address: str) -> None:
    if administration.admin != address:
        raise DeploymentError(f"{address} is not the admin of this registry; {administration.admin} is")


def _transact(administration: Administration, account: "AccountAPI", function: str, *arguments: Any) -> None:
    data = administration.registry.encode_abi(function, list(arguments))
    plan = plan_transaction(
        administration.w3,
        sender=account.address,
        to=administration.artifact.address,
        data=bytes.fromhex(data.removeprefix("0x")),
        abi=administration.artifact.abi,
    )
    tx_hash = send(administration.w3, account, plan)
    click.echo(f"sent {Web3.to_hex(tx_hash)}")
    receipt = wait(
        administration.w3, tx_hash, timeout=administration.timeout, confirmations=administration.confirmations
    )
    click.echo(f"mined in block {receipt['blockNumber']}, gas used {receipt['gasUsed']:,}")


def _time(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
