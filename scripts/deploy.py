"""`ape run deploy`: deploys the contract and writes backend/deployments/<network>.json."""

from pathlib import Path

import click
from ape.api import ProviderAPI
from ape.cli import ConnectedProviderCommand, network_option

from scripts._deployment.options import FILE, one_line_errors

PUBLIC_TIMEOUT, PUBLIC_CONFIRMATIONS = 600.0, 2
LOCAL_TIMEOUT = 20.0


@click.command(cls=ConnectedProviderCommand)
@network_option(required=True)
@click.option("--name", help="The network's name. Default: of the parameter file for this chain id.")
@click.option("--parameters", "parameter_file", type=FILE, help="Default: scripts/networks/NAME.yaml.")
@click.option("--output", type=FILE, help="Where the artifact goes. Default: backend/deployments/NAME.json.")
@click.option("--force", is_flag=True, help="Replace an existing artifact.")
@click.option("--account", "alias", metavar="ALIAS", help="Ape keystore. Default: the key in DEPLOYER_PRIVATE_KEY.")
@click.option("--dry-run", is_flag=True, help="Check everything and estimate the gas, but send nothing.")
@click.option("--resume", metavar="TX_HASH", help="Send nothing: check and record a deployment that was already sent.")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds to wait. Default: 600, local 20.")
@click.option("--confirmations", type=click.IntRange(min=0), help="Blocks on top to wait for. Default: 2, local 0.")
def cli(
    provider: ProviderAPI,
    name: str | None,
    parameter_file: Path | None,
    output: Path | None,
    force: bool,
    alias: str | None,
    dry_run: bool,
    resume: str | None,
    timeout: float | None,
    confirmations: int | None,
) -> None:
    """Deploy the contract, read it back, and write its artifact."""
    from hexbytes import HexBytes

    from scripts._deployment.compiled import compile_contract
    from scripts._deployment.deploy import Patience, Target, check_target, deploy, record
    from scripts._deployment.parameters import find_parameters, load_parameters
    from scripts._deployment.places import ARTIFACTS, PARAMETERS
    from scripts._deployment.signer import development_addresses, load_signer

    with one_line_errors():
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
        w3 = provider.web3  # type: ignore[attr-defined]
        check_target(w3, target)
        local = parameters.is_local
        if confirmations is None:
            confirmations = 0 if local else PUBLIC_CONFIRMATIONS
        patience = Patience(
            timeout=timeout if timeout is not None else LOCAL_TIMEOUT if local else PUBLIC_TIMEOUT,
            confirmations=confirmations,
        )
        if resume:
            record(w3, HexBytes(resume), target, patience=patience)
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
