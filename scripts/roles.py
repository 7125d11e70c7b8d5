"""`ape run roles`: grants, revokes and lists roles, and hands the admin over."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.deployment.options import (
    ADDRESS,
    FILE,
    LOCAL_TIMEOUT,
    NETWORK,
    PUBLIC_CONFIRMATIONS,
    PUBLIC_TIMEOUT,
    artifact_options,
    artifact_path,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI

    from tools.deployment.calls import Way
    from tools.deployment.roles import Administration

Option = Callable[[Any], Any]

ROLE = click.option("--role", type=click.Choice(["intake", "recorder", "sla_manager"]), required=True)
ACCOUNT = click.option("--account", type=ADDRESS, required=True, metavar="ADDRESS", help="Whose role it is.")
NEW_ADMIN = click.option("--to", type=ADDRESS, required=True, metavar="ADDRESS", help="The new admin.")
# The three ways to make a call. Without any of these options: signed with the key in ADMIN_PRIVATE_KEY.
SIGNER = click.option("--signer", metavar="ALIAS", help="Ape keystore. Default: the key in ADMIN_PRIVATE_KEY.")
CALLDATA = click.option("--calldata", is_flag=True, help="Print target, value and calldata; send nothing.")
SAFE_BATCH = click.option(
    "--safe-batch", type=FILE, help="Write a Safe Transaction Builder file for the admin; send nothing."
)
APPEND = click.option("--append", is_flag=True, help="Add the call to the Safe Transaction Builder file.")


@click.group()
def cli() -> None:
    """Grant, revoke and list the roles of a deployed registry; hand its admin over in two steps."""


def command(command_name: str, *options: Option) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a subcommand of a function on an `Administration`: adds which network and which artifact it is."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def run(choice: str, name: str | None, artifact: Path | None, **arguments: Any) -> None:
            from tools.deployment.connection import connected

            with connected(choice) as provider:
                function(administrate(provider, name=name, artifact=artifact), **arguments)

        run.__doc__ = function.__doc__
        decorated: Any = run
        for option in (*reversed(options), artifact_options, NETWORK):
            decorated = option(decorated)
        cli.command(command_name)(decorated)
        return function

    return decorate


def change(command_name: str, *options: Option) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `command`, for a function that changes something: adds the options that say in which way."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def run(
            administration: "Administration",
            *,
            signer: str | None,
            calldata: bool,
            safe_batch: Path | None,
            append: bool,
            **arguments: Any,
        ) -> None:
            way = chosen_way(administration, signer, calldata=calldata, safe_batch=safe_batch, append=append)
            function(administration, way, **arguments)

        run.__doc__ = function.__doc__
        command(command_name, *options, SIGNER, CALLDATA, SAFE_BATCH, APPEND)(run)
        return function

    return decorate


@change("grant", ROLE, ACCOUNT)
def grant(administration: "Administration", way: "Way", *, role: str, account: str) -> None:
    """Give a role to an account."""
    from tools.deployment import roles

    roles.set_role(administration, way, role=role, account=account, hold=True)


@change("revoke", ROLE, ACCOUNT)
def revoke(administration: "Administration", way: "Way", *, role: str, account: str) -> None:
    """Take a role from an account."""
    from tools.deployment import roles

    roles.set_role(administration, way, role=role, account=account, hold=False)


@command("list")
def list_(administration: "Administration") -> None:
    """Show who holds which role."""
    from tools.deployment import roles

    roles.list_holders(administration)


@change("transfer-admin", NEW_ADMIN)
def transfer_admin(administration: "Administration", way: "Way", *, to: str) -> None:
    """Begin to hand the admin over. The new admin accepts after the delay."""
    from tools.deployment import roles

    roles.begin_transfer(administration, way, to=to)


@change("cancel-transfer")
def cancel_transfer(administration: "Administration", way: "Way") -> None:
    """Cancel a transfer of the admin that has not been accepted."""
    from tools.deployment import roles

    roles.cancel_transfer(administration, way)


@change("accept-admin")
def accept_admin(administration: "Administration", way: "Way") -> None:
    """Accept the admin, signed by the new admin."""
    from tools.deployment import roles

    roles.accept_transfer(administration, way)


def chosen_way(
    administration: "Administration", alias: str | None, *, calldata: bool, safe_batch: Path | None, append: bool
) -> "Way":
    """What the options say. Raises `click.UsageError` if they contradict each other."""
    from tools.deployment.calls import Batched, Printed, Signed

    if sum(map(bool, (alias, calldata, safe_batch))) > 1:
        raise click.UsageError("--signer, --calldata and --safe-batch exclude each other")
    if append and not safe_batch:
        raise click.UsageError("--append needs --safe-batch")
    if calldata:
        return Printed()
    if safe_batch:
        return Batched(safe_batch.resolve(), append=append)
    return Signed(lambda entitled: admin_signer(administration, alias, entitled=entitled))


def administrate(provider: "ProviderAPI", *, name: str | None, artifact: Path | None) -> "Administration":
    """The registry that the artifact means, on the chain that the artifact means."""
    from tools.deployment.artifact import read_artifact
    from tools.deployment.roles import Administration, require_same_chain

    recorded = read_artifact(artifact_path(artifact=artifact, name=name, chain_id=provider.chain_id))
    w3 = provider.web3
    require_same_chain(w3, recorded)
    local = recorded.parameters().is_local
    return Administration(
        w3=w3,
        artifact=recorded,
        timeout=LOCAL_TIMEOUT if local else PUBLIC_TIMEOUT,
        confirmations=0 if local else PUBLIC_CONFIRMATIONS,
    )


def admin_signer(administration: "Administration", alias: str | None, *, entitled: str) -> "AccountAPI":
    """The account of a keystore or of the environment; on a local chain, the development account `entitled`."""
    from tools.deployment.signer import load_signer

    return load_signer(
        variable="ADMIN_PRIVATE_KEY",
        alias=alias,
        local=administration.artifact.parameters().is_local,
        development_account=entitled,
    )
