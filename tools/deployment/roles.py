"""Granting and revoking roles, and handing the admin over. Every change that is sent is read back from the chain."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from web3 import Web3

from tools.deployment.artifact import Artifact
from tools.deployment.calls import Call, Callee, Way
from tools.deployment.errors import DeploymentError
from tools.deployment.registry import (
    INTAKE_ROLE,
    RECORDER_ROLE,
    ROLES,
    SLA_MANAGER_ROLE,
    current_holders,
)
from tools.deployment.transactions import POLL_SECONDS
from tools.deployment.verify import verify_chain

# How long a node may answer for an older block than that of a receipt.
LAG_SECONDS = 60.0

ROLE_OPTIONS = {"intake": INTAKE_ROLE, "recorder": RECORDER_ROLE, "sla_manager": SLA_MANAGER_ROLE}


@dataclass(frozen=True, kw_only=True)
class Administration(Callee):
    """One deployed registry, whose roles are changed."""

    @property
    def admin(self) -> str:
        """Who grants and revokes now."""
        return str(self.contract.functions.defaultAdmin().call())

    @property
    def pending_admin(self) -> tuple[str, int]:
        """Who may accept the admin, and after which time (Unix seconds; 0: nobody)."""
        account, schedule = self.contract.functions.pendingDefaultAdmin().call()
        return str(account), int(schedule)


def require_same_chain(w3: Web3, artifact: Artifact) -> None:
    """Raises `DeploymentError` unless the node has the contract that the artifact means."""
    last = verify_chain(w3, artifact)[-1]
    if last.differences:
        raise DeploymentError(f"not the chain of this artifact: {last.name}: {last.differences[0]}")


def set_role(administration: Administration, way: Way, *, role: str, account: str, hold: bool) -> None:
    """Grants `role` to `account`, or revokes it (`hold`: false). Does nothing if that is so already.

    Raises `DeploymentError`.
    """
    name = ROLE_OPTIONS[role]
    holds = administration.contract.functions.hasRole(ROLES[name], account).call
    if holds() == hold:
        click.echo(f"{account} {'already holds' if hold else 'does not hold'} {name}; nothing to do")
        return
    function, meaning = ("grantRole", f"grant {name} to") if hold else ("revokeRole", f"revoke {name} from")
    if not _by_admin(administration, way, function, ROLES[name], account, meaning=f"{meaning} {account}"):
        return
    _read_back(administration, holds, hold, f"{account} {'does not hold' if hold else 'still holds'} {name}")
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


def begin_transfer(administration: Administration, way: Way, *, to: str) -> None:
    """First step of handing the admin over: `to` may accept once the delay has passed. Raises `DeploymentError`."""
    meaning = f"begin the transfer of the admin to {to}"
    if not _by_admin(administration, way, "beginDefaultAdminTransfer", to, meaning=meaning):
        return
    _read_back(administration, lambda: administration.pending_admin[0], to, f"{to} is not the pending admin")
    click.echo(f"{to} may accept the admin from {_time(administration.pending_admin[1])} on")


def cancel_transfer(administration: Administration, way: Way) -> None:
    """Takes the first step back. Raises `DeploymentError`."""
    if not _by_admin(administration, way, "cancelDefaultAdminTransfer", meaning="cancel the transfer of the admin"):
        return
    _read_back(administration, lambda: administration.pending_admin[1], 0, "the transfer is still pending")
    click.echo("no transfer is pending")


def accept_transfer(administration: Administration, way: Way) -> None:
    """Second step, by the new admin. Raises `DeploymentError`.

    Before the delay is over, the call is refused if it would be made at once; otherwise it may be prepared.
    """
    pending, schedule = administration.pending_admin
    if not schedule:
        raise DeploymentError("no transfer of the admin is pending")
    sender = way.sender(pending)
    if pending != sender:
        raise DeploymentError(f"{sender} is not the pending admin")
    now = administration.w3.eth.get_block("latest")["timestamp"]
    if early := now <= schedule:
        text = f"the transfer can be accepted after {_time(schedule)}, and the chain is at {_time(now)}"
        if way.at_once:
            raise DeploymentError(text)
        click.echo(f"note: {text}")
    call = Call(
        sender=sender,
        function="acceptDefaultAdminTransfer",
        arguments=(),
        meaning=f"accept the admin as {sender}",
        due=not early,
    )
    if not way.make(call, administration):
        return
    _read_back(administration, lambda: administration.admin, sender, f"{sender} is not the admin")
    click.echo(f"the admin is now {sender}")


def _read_back(administration: Administration, read: Callable[[], object], expected: object, otherwise: str) -> None:
    """Raises `DeploymentError` unless the chain says `expected`. A node that lags is given a minute at the most."""
    until = time.monotonic() + min(administration.timeout, LAG_SECONDS)
    while read() != expected:
        if time.monotonic() > until:
            raise DeploymentError(f"read back: {otherwise}")
        time.sleep(POLL_SECONDS)


def _by_admin(administration: Administration, way: Way, function: str, *arguments: Any, meaning: str) -> bool:
    """Whether the call, which the admin makes, is on the chain."""
    admin = administration.admin
    sender = way.sender(admin)
    if sender != admin:
        raise DeploymentError(f"{sender} is not the admin of this registry; {admin} is")
    return way.make(Call(sender=sender, function=function, arguments=arguments, meaning=meaning), administration)


def _time(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
