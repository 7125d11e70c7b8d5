"""What a service that verifies source code does: compiles the input, and compares with the code on the chain."""

import re
from dataclasses import dataclass
from typing import Any

from tests.publication.compiler import VERSION, compile_alone, errors_of
from tests.support.rpc import Rpc

Json = dict[str, Any]

SOLIDITY_VERSION = re.compile(r"v?\d+\.\d+\.\d+(-nightly\.\d{4}\.\d+\.\d+)?\+commit\.[a-f0-9]{8}")


class RefusedError(Exception):
    """`code` is Sourcify's name of the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Recompiled:
    creation: bytes
    runtime: bytes
    immutables: tuple[tuple[int, int], ...]  # where, and how long


def recompiled(standard_json: Json, *, version: str, identifier: str) -> Recompiled:
    """Raises `RefusedError`."""
    if not SOLIDITY_VERSION.fullmatch(version):
        raise RefusedError("invalid_parameter", f"Invalid Solidity compiler version format: {version}")
    if version.removeprefix("v") != VERSION:
        raise RefusedError("unsupported_compiler_version", version)
    output = compile_alone(standard_json)
    if errors := errors_of(output):
        raise RefusedError("compiler_error", errors[0])
    path, _, name = identifier.rpartition(":")
    try:
        evm = output["contracts"][path][name]["evm"]
    except KeyError:
        raise RefusedError("contract_not_found_in_compiler_output", identifier) from None
    references = evm["deployedBytecode"]["immutableReferences"]
    return Recompiled(
        creation=bytes.fromhex(evm["bytecode"]["object"]),
        runtime=bytes.fromhex(evm["deployedBytecode"]["object"]),
        immutables=tuple((place["start"], place["length"]) for places in references.values() for place in places),
    )


def compare(rpc: Rpc, made: Recompiled, *, address: str, creation: str | None, arguments: bytes | None = None) -> None:
    """The runtime code but for its immutables, and the code that the transaction `creation` deployed with.

    Raises `RefusedError`.
    """
    code = bytearray.fromhex(rpc("eth_getCode", address, "latest")[2:])
    if not code:
        raise RefusedError("contract_not_deployed", f"Unable to locate ContractCode at {address}")
    for start, length in made.immutables:
        code[start : start + length] = bytes(length)
    if bytes(code) != made.runtime:
        raise RefusedError("no_match", "The onchain and recompiled bytecodes don't match.")
    if creation is not None:
        data = bytes.fromhex(rpc("eth_getTransactionByHash", creation)["input"][2:])
        deployed = data if data.startswith(made.creation) else data[32:]  # behind the salt of CREATE2
        if not deployed.startswith(made.creation):
            raise RefusedError("no_match", "The onchain and recompiled creation bytecodes don't match.")
        if arguments is not None and deployed[len(made.creation) :] != arguments:
            raise RefusedError("no_match", "The constructor arguments don't match.")
