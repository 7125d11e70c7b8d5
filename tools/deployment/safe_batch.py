"""Files of Safe's Transaction Builder: calls that the owners of a Safe load, check, sign and execute together.

The format and the checksum are those of `apps/tx-builder` in safe-global/safe-react-apps, 1.18.3.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from eth_utils.crypto import keccak

from tools.deployment.errors import DeploymentError
from tools.deployment.files import create_atomically, write_atomically
from tools.deployment.places import shown

FORMAT, BUILDER = "1.0", "1.18.3"

Batch = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SafeCall:
    """One transaction of a batch. `function` is its ABI entry; `arguments` are in its order."""

    to: str
    data: bytes
    function: dict[str, Any]
    arguments: tuple[Any, ...]
    meaning: str


def put_into_batch(path: Path, call: SafeCall, *, chain_id: int, safe: str, append: bool) -> None:
    """Writes a batch with `call` for the Safe at `safe`; with `append`, adds the call to the batch in the file.

    Raises `DeploymentError` if the file exists and is not to be appended to, if it is a batch of another Safe or chain,
    if it was changed by hand, or if it cannot be written.
    """
    if path.exists() and not append:
        raise DeploymentError(f"{shown(path)} exists; nothing was written. Add to it with --append, or remove it")
    batch = _read(path, chain_id=chain_id, safe=safe) if path.exists() else _new(chain_id=chain_id, safe=safe)
    batch["transactions"].append(_transaction(call))
    batch["meta"]["description"] = "; ".join(filter(None, [batch["meta"].get("description"), call.meaning]))
    batch["meta"]["checksum"] = checksum(batch)
    try:
        (write_atomically if path.exists() else create_atomically)(
            path, json.dumps(batch, indent=2, ensure_ascii=False) + "\n"
        )
    except OSError as error:
        raise DeploymentError(f"{shown(path)} cannot be written ({error.strerror or error})") from error
    click.echo(f"{shown(path)}: transaction {len(batch['transactions'])}, {call.meaning}, calldata 0x{call.data.hex()}")


def checksum(batch: Batch) -> str:
    """The Transaction Builder's own, by which it notices a file that was changed after it was written.

    Keccak-256 of a serialisation of everything but the checksum, with `meta.name` as null, since names may change.
    """
    meta = {key: value for key, value in batch["meta"].items() if key != "checksum"} | {"name": None}
    return "0x" + keccak(text=_serialised({**batch, "meta": meta})).hex()


def _serialised(value: Any) -> str:
    """As `serializeJSONObject` in the Transaction Builder: an object is its sorted keys, then its values."""
    if isinstance(value, list):
        return f"[{','.join(_serialised(item) for item in value)}]"
    if isinstance(value, dict):
        keys = sorted(value)
        return f"{{{_json(keys)}{''.join(f'{_serialised(value[key])},' for key in keys)}}}"
    return _json(value)


def _json(value: Any) -> str:
    """As `JSON.stringify` has it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _new(*, chain_id: int, safe: str) -> Batch:
    return {
        "version": FORMAT,
        "chainId": str(chain_id),
        "createdAt": int(time.time() * 1000),
        "meta": {
            "name": "Transactions Batch",
            "description": "",
            "txBuilderVersion": BUILDER,
            "createdFromSafeAddress": safe,
            "createdFromOwnerAddress": "",
        },
        "transactions": [],
    }


def _read(path: Path, *, chain_id: int, safe: str) -> Batch:
    try:
        batch: Batch = json.loads(path.read_text(encoding="utf-8"))
        meta, transactions = batch["meta"], batch["transactions"]
        found = {"chain id": batch["chainId"], "Safe": meta["createdFromSafeAddress"], "checksum": meta["checksum"]}
        expected = {"chain id": str(chain_id), "Safe": safe, "checksum": checksum(batch)}
        if not isinstance(transactions, list):
            raise TypeError
    except OSError as error:
        raise DeploymentError(f"{shown(path)}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DeploymentError(f"{shown(path)} is not a Transaction Builder file; nothing was written") from None
    for name, value in expected.items():
        if found[name] != value:
            raise DeploymentError(f"{shown(path)} has the {name} {found[name]}, not {value}; nothing was written")
    return batch


def _transaction(call: SafeCall) -> dict[str, Any]:
    """The calldata, which the Transaction Builder takes as it is, and the function with its arguments, to read."""
    inputs = call.function["inputs"]
    return {
        "to": call.to,
        "value": "0",
        "data": "0x" + call.data.hex(),
        "contractMethod": {
            "inputs": [
                {"internalType": item.get("internalType", item["type"]), "name": item["name"], "type": item["type"]}
                for item in inputs
            ],
            "name": call.function["name"],
            "payable": call.function["stateMutability"] == "payable",
        },
        "contractInputsValues": {
            item["name"]: "0x" + value.hex() if isinstance(value, bytes) else str(value)
            for item, value in zip(inputs, call.arguments, strict=True)
        },
    }
