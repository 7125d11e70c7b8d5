"""`ape run verify_deployment`: checks a live chain against an artifact."""

from pathlib import Path

import click

from tools.deployment.options import NETWORK, artifact_options, artifact_path


@click.command()
@NETWORK
@artifact_options
@click.option("--source", is_flag=True, help="Also check that this checkout compiles to the deployed code.")
@click.option("--roles-may-differ", is_flag=True, help="Show changes of roles since the deployment, but accept them.")
def cli(choice: str, name: str | None, artifact: Path | None, source: bool, roles_may_differ: bool) -> None:
    """Check that the chain holds the contract that the artifact describes. Exits with 1 on any difference."""
    from tools.deployment.artifact import read_artifact
    from tools.deployment.compiled import compile_contract
    from tools.deployment.connection import connected
    from tools.deployment.errors import DeploymentError
    from tools.deployment.places import shown
    from tools.deployment.verify import verify

    with connected(choice) as provider:
        path = artifact_path(artifact=artifact, name=name, chain_id=provider.chain_id)
        recorded = read_artifact(path)
        w3 = provider.web3
        checks = verify(w3, recorded, compiled=compile_contract() if source else None)
        click.echo(f"{recorded.contract} at {recorded.address} on {recorded.network} (chain id {recorded.chain_id})")
        failed: list[str] = []
        changed: list[str] = []
        for check in checks:
            accepted = check.name == "roles" and roles_may_differ
            if check.differences:
                (changed if accepted else failed).append(check.name)
            mark = "ok" if not check.differences else "changed" if accepted else "DIFFERS"
            click.echo(f"  {mark:8} {check.name}")
            for difference in check.differences:
                click.echo(f"           {difference}")
        if failed:
            raise DeploymentError(f"the chain differs from {shown(path)}: {', '.join(failed)}")
        but = f", except for {', '.join(changed)}" if changed else ""
        click.echo(f"the chain agrees with {shown(path)}{but}")
