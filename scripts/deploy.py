"""`ape run deploy`: deploys the contract and writes backend/deployments/<network>.json."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.deployment.options import (
    FILE,
    FINALITY_TIMEOUT,
    LOCAL_POLL,
    LOCAL_TIMEOUT,
    NETWORK,
    PUBLIC_POLL,
    SHORTEST_POLL,
)

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from tools.deployment.chain import Chain


@click.command()
@NETWORK
@click.option("--name", help="The network's name. Default: of the parameter file for this chain id.")
@click.option("--parameters", "parameter_file", type=FILE, help="Default: tools/networks/NAME.yaml.")
@click.option("--output", type=FILE, help="Where the artifact goes. Default: backend/deployments/NAME.json.")
@click.option("--force", is_flag=True, help="Replace an existing artifact.")
@click.option("--account", "alias", metavar="ALIAS", help="Ape keystore. Default: the key in DEPLOYER_PRIVATE_KEY.")
@click.option(
    "--create2",
    "salt",
    metavar="[SALT]",
    is_flag=False,
    flag_value="0",
    help="Deploy to the address that follows from code, parameters and SALT, a whole number. Default: 0.",
)
@click.option("--dry-run", is_flag=True, help="Check everything and estimate the gas, but send nothing.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), help="Seconds to wait until it is final. Default: 3600, local 20."
)
def cli(
    choice: str,
    name: str | None,
    parameter_file: Path | None,
    output: Path | None,
    force: bool,
    alias: str | None,
    salt: str | None,
    dry_run: bool,
    timeout: float | None,
) -> None:
    """Deploy the contract, read it back, and write its artifact once the deployment is final.

    Interrupted at any moment, the same command goes on where it was: it never deploys twice.
    """
    from tools.deployment.compiled import compile_contract
    from tools.deployment.connection import connected
    from tools.deployment.create2 import parse_salt
    from tools.deployment.deploy import deploy
    from tools.deployment.landing import Patience
    from tools.deployment.parameters import find_parameters, load_network_file
    from tools.deployment.places import ARTIFACTS, PARAMETERS
    from tools.deployment.signer import development_addresses, load_signer
    from tools.deployment.target import Target

    try:
        salt_bytes = None if salt is None else parse_salt(salt)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--create2'") from None
    with connected(choice) as provider:
        if parameter_file is None:
            parameter_file = PARAMETERS / f"{name}.yaml" if name else find_parameters(chain_id=provider.chain_id)
        name = name or parameter_file.stem
        compiled = compile_contract()
        network = load_network_file(parameter_file, abi=compiled.abi)
        local = network.parameters.is_local
        target = Target(
            network=name,
            parameters=network.parameters,
            compiled=compiled,
            output=output.resolve() if output else ARTIFACTS / f"{name}.json",
            force=force,
            salt=salt_bytes,
            fees=network.chain.fees if network.chain else None,
        )
        patience = Patience(
            timeout=timeout if timeout is not None else LOCAL_TIMEOUT if local else FINALITY_TIMEOUT,
            finality=network.finality,
            poll=LOCAL_POLL if local else poll_seconds(network.chain),
        )

        def signer() -> "AccountAPI":
            return load_signer(
                variable="DEPLOYER_PRIVATE_KEY",
                alias=alias,
                local=local,
                development_account=development_addresses()[0],
            )

        deploy(provider.web3, signer, target, patience=patience, dry_run=dry_run)
        if getattr(provider, "process", None) is not None:
            click.echo("note      this chain was started for this command, and ends with it")


def poll_seconds(chain: "Chain | None") -> float:
    """Between two questions to the node of a public chain: a block, but neither very often nor very seldom."""
    return PUBLIC_POLL if chain is None else min(max(float(chain.block_time), SHORTEST_POLL), PUBLIC_POLL)
