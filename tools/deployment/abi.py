"""The committed ABI: what the backend is written against, and what CI compares the source with."""

from pathlib import Path

import click

from tools.deployment.compiled import compile_contract
from tools.deployment.errors import DeploymentError
from tools.deployment.files import json_text, write_atomically
from tools.deployment.places import shown


def export_abi(path: Path) -> None:
    """Writes the ABI of the present source to `path`."""
    text = json_text(compile_contract().abi)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        click.echo(f"{shown(path)} is up to date")
        return
    write_atomically(path, text)
    click.echo(f"{shown(path)} written")


def check_abi(path: Path) -> None:
    """Raises `DeploymentError` if `path` is not the ABI of the present source."""
    committed = path.read_text(encoding="utf-8") if path.exists() else None
    if committed != json_text(compile_contract().abi):
        state = "is missing" if committed is None else "differs from the contract's source"
        raise DeploymentError(f"{shown(path)} {state}; run `ape run export_abi` and commit the result")
    click.echo(f"{shown(path)} is the ABI of the source")
