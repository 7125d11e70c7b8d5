"""`ape run publish`: publishes the source of a deployed contract, verified by Sourcify or by an explorer."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.deployment.options import NETWORK, artifact_options, artifact_path

if TYPE_CHECKING:
    from tools.deployment.artifact import Artifact
    from tools.publication.service import Service

KEY = "ETHERSCAN_API_KEY"


@click.command()
@NETWORK
@artifact_options
@click.option("--service", type=click.Choice(["sourcify", "etherscan"]), default="sourcify", show_default=True)
@click.option("--url", metavar="URL", help="Of the service. Default: Sourcify's own, or the explorer of the chain.")
@click.option("--timeout", type=click.FloatRange(min=0), default=600, show_default=True, help="Seconds to wait.")
def cli(choice: str, name: str | None, artifact: Path | None, service: str, url: str | None, timeout: float) -> None:
    """Send the source to Sourcify, or to an explorer with an API as Etherscan's (key: ETHERSCAN_API_KEY).

    Nothing is sent unless this checkout compiles to the code on the chain.
    """
    from tools.deployment.artifact import read_artifact
    from tools.deployment.compiled import compile_contract
    from tools.deployment.connection import connected, redact
    from tools.deployment.errors import DeploymentError
    from tools.deployment.verify import verify_code
    from tools.publication.service import Publication
    from tools.publication.standard_json import standard_json

    with connected(choice) as provider:
        recorded = read_artifact(artifact_path(artifact=artifact, name=name, chain_id=provider.chain_id))
        chosen = service_of(service, recorded, url=url, timeout=timeout)
        compiled = compile_contract()
        for check in verify_code(provider.web3, recorded, compiled=compiled):
            if check.differences:
                raise DeploymentError(f"nothing was sent: {check.name}: {check.differences[0]}")
    click.echo(f"{recorded.contract} at {recorded.address} on chain id {recorded.chain_id}, to {redact(chosen.url)}")
    click.echo(chosen.publish(Publication(artifact=recorded, standard_json=standard_json(compiled))))


def service_of(service: str, recorded: "Artifact", *, url: str | None, timeout: float) -> "Service":
    """The chosen service. Raises `DeploymentError` if its key or its URL is missing."""
    from tools.deployment.errors import DeploymentError
    from tools.deployment.parameters import find_parameters, read_chain
    from tools.publication.etherscan import Etherscan
    from tools.publication.sourcify import URL, Sourcify

    if url is not None and not re.match(r"https?://[^/]", url):
        raise DeploymentError("--url must begin with https://")
    if service == "sourcify":
        return Sourcify(url=(url or URL).rstrip("/"), timeout=timeout)
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise DeploymentError(f"no key: set {KEY}")
    if url is None:
        chain = read_chain(find_parameters(chain_id=recorded.chain_id))
        if chain is None:
            raise DeploymentError("the chain's parameter file names no explorer; give its API with --url")
        url = chain.explorer_api
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
        raise DeploymentError(f"{KEY} is not sent without TLS: --url must begin with https://")
    return Etherscan(url=url, timeout=timeout, key=key)
