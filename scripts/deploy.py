"""`ape run deploy`: deploys the contract and writes backend/deployments/<network>.json."""

from pathlib import Path

import click

from scripts._deployment.options import (
    FILE,
    LOCAL_TIMEOUT,
    NETWORK,
    PUBLIC_CONFIRMATIONS,
    PUBLIC_TIMEOUT,
    TRANSACTION_HASH,
)


@click.command()
@NETWORK
@click.option("--name", help="The network's name. Default: of the parameter file for this chain id.")
@click.option("--parameters", "parameter_file", type=FILE, help="Default: scripts/networks/NAME.yaml.")
@click.option("--output", type=FILE, help="Where the artifact goes. Default: backend/deployments/NAME.json.")
@click.option("--force", is_flag=True, help="Replace an existing artifact.")
@click.option("--account", "alias", metavar="ALIAS", help="Ape keystore. Default: the key in DEPLOYER_PRIVATE_KEY.")
@click.option("--dry-run", is_flag=True, help="Check everything and estimate the gas, but send nothing.")
@click.option(
    "--resume",
    type=TRANSACTION_HASH,
    metavar="TX_HASH",
    help="Send nothing: check and record a deployment that was already sent.",
)
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds to wait. Default: 600, local 20.")
@click.option("--confirmations", type=click.IntRange(min=0), help="Blocks on top to wait for. Default: 2, local 0.")
def cli(
    choice: str,
    name: str | None,
    parameter_file: Path | None,
    output: Path | None,
    force: bool,
    alias: str | None,
    dry_run: bool,
    resume: bytes | None,
    timeout: float | None,
    confirmations: int | None,
) -> None:
    """Deploy the contract, read it back, and write its artifact."""
    from scripts._deployment.compiled import compile_contract
    from scripts._deployment.connection import connected
    from scripts._deployment.deploy import Patience, Target, deploy, resume_deployment
    from scripts._deployment.parameters import find_parameters, load_parameters
    from scripts._deployment.places import ARTIFACTS, PARAMETERS
    from scripts._deployment.signer import development_addresses, load_signer

    with connected(choice) as provider:
        if parameter_file is None:
            parameter_file = PARAMETERS / f"{name}.yaml" if name else find_parameters(chain_id=provider.chain_id)
        name = name or parameter_file.stem
        compiled = compile_contract()
        parameters = load_parameters(parameter_file, abi=compiled.abi)
        target = Target(
            network=name,
            parameters=parameters,
            compiled=compiled,
            output=output.resolve() if output else ARTIFACTS / f"{name}.json",
            force=force,
        )
        w3 = provider.web3
        local = parameters.is_local
        if confirmations is None:
            confirmations = 0 if local else PUBLIC_CONFIRMATIONS
        patience = Patience(
            timeout=timeout if timeout is not None else LOCAL_TIMEOUT if local else PUBLIC_TIMEOUT,
            confirmations=confirmations,
        )
        if resume:
            resume_deployment(w3, resume, target, patience=patience)
            return
        account = load_signer(
            variable="DEPLOYER_PRIVATE_KEY",
            alias=alias,
            local=local,
            development_account=development_addresses()[0],
        )
        deploy(w3, account, target, patience=patience, dry_run=dry_run)
        if getattr(provider, "process", None) is not None:
            click.echo("note      this chain was started for this command, and ends with it")
