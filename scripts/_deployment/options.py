"""Command-line options that several scripts share, and what they stand for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from scripts._deployment.errors import DeploymentError
from scripts._deployment.places import ARTIFACTS

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)


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
        from scripts._deployment.parameters import find_parameters

        name = find_parameters(chain_id=chain_id).stem
    return ARTIFACTS / f"{name}.json"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turns what nodes and networks do to us into a `DeploymentError`, without the URL, which may hold a token."""
    import requests
    from ape.exceptions import ApeException
    from web3.exceptions import Web3Exception

    from scripts._deployment.transactions import rpc_message

    try:
        yield
    except requests.RequestException as error:
        raise DeploymentError(f"the node does not answer ({type(error).__name__})") from None
    except Web3Exception as error:
        raise DeploymentError(f"the node: {rpc_message(error)}") from None
    except ApeException as error:
        raise DeploymentError(" ".join(str(error).split())) from None
    except OSError as error:
        raise DeploymentError(f"{error.filename or 'the node'}: {error.strerror or type(error).__name__}") from None
