"""`ape run roles`: grants, revokes and lists roles, and hands the admin over."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.deployment.options import (
    ADDRESS,
    LOCAL_TIMEOUT,
    NETWORK,
    PUBLIC_CONFIRMATIONS,
    PUBLIC_TIMEOUT,
    artifact_options,
    artifact_path,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI

    from tools.deployment.roles import Administration

Option = Callable[[Any], Any]

ROLE = click.option("--role", type=click.Choice(["intake", "recorder", "sla_manager"]), required=True)
ACCOUNT = click.option("--account", type=ADDRESS, required=True, metavar="ADDRESS", help="Whose role it is.")
NEW_ADMIN = click.option("--to", type=ADDRESS, required=True, metavar="ADDRESS", help="The new admin.")
SIGNER = click.option("--signer", metavar="ALIAS", help="Ape keystore. Default: the key in ADMIN_PRIVATE_KEY.")


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


@command("grant", ROLE, ACCOUNT, SIGNER)
def grant(administration: "Administration", *, role: str, account: str, signer: str | None) -> None:
    """Give a role to an account."""
    from tools.deployment import roles

    roles.set_role(administration, lambda: admin_signer(administration, signer), role=role, account=account, hold=True)


@command("revoke", ROLE, ACCOUNT, SIGNER)
def revoke(administration: "Administration", *, role: str, account: str, signer: str | None) -> None:
    """Take a role from an account."""
    from tools.deployment import roles

    roles.set_role(administration, lambda: admin_signer(administration, signer), role=role, account=account, hold=False)


@command("list")
def list_(administration: "Administration") -> None:
    """Show who holds which role."""
    from tools.deployment import roles

    roles.list_holders(administration)


@command("transfer-admin", NEW_ADMIN, SIGNER)
def transfer_admin(administration: "Administration", *, to: str, signer: str | None) -> None:
    """Begin to hand the admin over. The new admin accepts after the delay."""
    from tools.deployment import roles

    roles.begin_transfer(administration, admin_signer(administration, signer), to=to)


@command("cancel-transfer", SIGNER)
def cancel_transfer(administration: "Administration", *, signer: str | None) -> None:
    """Cancel a transfer of the admin that has not been accepted."""
    from tools.deployment import roles

    roles.cancel_transfer(administration, admin_signer(administration, signer))


@command("accept-admin", SIGNER)
def accept_admin(administration: "Administration", *, signer: str | None) -> None:
    """Accept the admin, signed by the new admin."""
    from tools.deployment import roles

    pending, _ = administration.pending_admin
    roles.accept_transfer(administration, admin_signer(administration, signer, development_account=pending))


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


def admin_signer(
    administration: "Administration", alias: str | None, *, development_account: str | None = None
) -> "AccountAPI":
    """The admin's account: of a keystore, of the environment, or on a local chain the development account itself."""
    from tools.deployment.signer import load_signer

    return load_signer(
        variable="ADMIN_PRIVATE_KEY",
        alias=alias,
        local=administration.artifact.parameters().is_local,
        development_account=development_account or administration.admin,
    )
