"""`ape run export_abi`: the committed ABI, from the source."""

import click

from tools.deployment import places


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the committed file differs.")
def cli(check: bool) -> None:
    """Write the contract's ABI to backend/blockchain/abi/ComplaintRegistry.json."""
    from tools.deployment.abi import check_abi, export_abi

    if check:
        check_abi(places.ABI_FILE)
    else:
        export_abi(places.ABI_FILE)
