"""The compiled contract, as Ape's project has it."""

import json
from dataclasses import dataclass
from typing import Any

import click

from tools.deployment.errors import DeploymentError

CONTRACT = "ComplaintRegistry"

Abi = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """`deployment_code` and `runtime_code` have zeros where the immutables go; `compiler` is what made them.

    `settings` are those of the compiler's standard JSON input, without the selection of outputs.
    """

    abi: Abi
    deployment_code: bytes
    runtime_code: bytes
    compiler: dict[str, Any]
    settings: dict[str, Any]


def compile_contract() -> Compiled:
    """Compiles what has changed, and returns the contract.

    Raises `DeploymentError` if there is no such contract, or if it does not compile.
    """
    from ape import project
    from ape.exceptions import CompilerError
    from ape.logging import LogLevel, logger

    if not project.manifest_path.exists():
        click.echo(f"compiling contracts/{CONTRACT}.sol")
    try:
        with logger.at_level(LogLevel.WARNING):  # Ape would list every file of every library.
            project.load_contracts()
    except CompilerError as error:
        raise DeploymentError(f"contracts/ does not compile: {' '.join(str(error).split())}") from None
    container = project.contracts.get(CONTRACT)
    if container is None:
        raise DeploymentError(f"contracts/{CONTRACT}.sol is missing")
    contract = json.loads(container.contract_type.model_dump_json(by_alias=True, exclude_none=True))
    used = next(c for c in project.manifest.compilers if CONTRACT in (c.contractTypes or []))
    settings = used.settings or {}
    return Compiled(
        abi=sorted(contract["abi"], key=_position),
        deployment_code=bytes.fromhex(contract["deploymentBytecode"]["bytecode"].removeprefix("0x")),
        runtime_code=bytes.fromhex(contract["runtimeBytecode"]["bytecode"].removeprefix("0x")),
        compiler={
            "version": used.version,
            "evm": settings["evmVersion"],
            "optimizer": settings["optimizer"],
            "via_ir": settings.get("viaIR", False),
        },
        settings={name: value for name, value in sorted(settings.items()) if name != "outputSelection"},
    )


def _position(entry: dict[str, Any]) -> tuple[str, str, str]:
    return entry["type"], entry.get("name", ""), json.dumps(entry, sort_keys=True)
