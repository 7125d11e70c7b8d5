"""Command-line options that several scripts share, and what they stand for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tools.deployment.places import ARTIFACTS

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)

# Seconds until the receipt of a change of roles is given up, and blocks that must lie on top of it.
PUBLIC_TIMEOUT, PUBLIC_CONFIRMATIONS = 600.0, 2
LOCAL_TIMEOUT = 20.0

# Seconds until a deployment is final: on Ethereum 13 minutes, more when the chain has trouble.
FINALITY_TIMEOUT = 3600.0
# Seconds between two questions to the node.
PUBLIC_POLL, SHORTEST_POLL, LOCAL_POLL = 6.0, 1.0, 0.1

# A plain string, since Ape's own option answers a typing error with a list of some hundred networks.
NETWORK = click.option(
    "--network",
    "choice",
    required=True,
    metavar="NETWORK",
    help="ecosystem:network:provider as in `ape networks list`, or the node's URL.",
)


class AddressOption(click.ParamType):
    """A checksummed address that is not zero."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raises `click.BadParameter`."""
        from tools.deployment.parameters import parse_address

        try:
            return parse_address("address", value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


ADDRESS = AddressOption()


def artifact_options(command: F) -> F:
    """`--name` and `--artifact`: which deployment."""
    command = click.option("--artifact", type=FILE, help="The artifact. Default: backend/deployments/NAME.json.")(
        command
    )
    return click.option("--name", help="The network's name. Default: of the parameter file for this chain id.")(command)


def artifact_path(*, artifact: Path | None, name: str | None, chain_id: int) -> Path:
    """Where the artifact is that these options mean."""
    if artifact is not None:
        return artifact.resolve()
    if name is None:
        from tools.deployment.parameters import find_parameters

        name = find_parameters(chain_id=chain_id).stem
    return ARTIFACTS / f"{name}.json"
