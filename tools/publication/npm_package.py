"""The ABI and the public deployments as an npm package, typed so that clients infer functions, events and errors."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tools.deployment.artifact import Artifact, read_artifact
from tools.deployment.compiled import CONTRACT, Abi
from tools.deployment.errors import DeploymentError
from tools.deployment.files import json_text
from tools.deployment.parameters import LOCAL_CHAIN_IDS
from tools.deployment.places import ARTIFACTS, ROOT

NAME = "complaint-registry-abi"
HEADER = f"// The ABI of {CONTRACT}, and where it is deployed. Made by `make release`.\n"

README = f"""# {NAME}

The ABI of the contract `{CONTRACT}` {{version}}, and its public deployments by chain id. The types are literal, as
after `as const`, so that clients such as viem infer arguments and results.

```js
import {{{{ abi, deployments }}}} from "{NAME}";
```

`{NAME}/abi.json` is the ABI alone, for other languages.
"""


def package_files(abi: Abi, *, version: str, deployments: list[Artifact]) -> dict[str, str]:
    """The package's files, by name."""
    places = {
        str(artifact.chain_id): {
            "network": artifact.network,
            "address": artifact.address,
            "blockNumber": artifact.block_number,
            "genesis": artifact.genesis,
            "version": artifact.version,
        }
        for artifact in sorted(deployments, key=lambda artifact: artifact.chain_id)
    }
    values = {"abi": abi, "deployments": places}
    literals = {name: json.dumps(value, indent=2, sort_keys=True) for name, value in values.items()}
    return {
        "package.json": json_text(_manifest(version)),
        "README.md": README.format(version=version),
        "LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
        "abi.json": json_text(abi),
        "index.mjs": HEADER + "".join(f"export const {name} = {text};\n" for name, text in literals.items()),
        "index.cjs": HEADER + "".join(f"exports.{name} = {text};\n" for name, text in literals.items()),
        "index.d.ts": HEADER
        + "".join(f"export declare const {name}: {_type_of(value)};\n" for name, value in values.items()),
    }


def public_deployments(folder: Path = ARTIFACTS) -> list[Artifact]:
    """The committed artifacts of public chains. Raises `DeploymentError` if two are of one chain."""
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.endswith(".pending.json")]
    found = [artifact for artifact in map(read_artifact, paths) if artifact.chain_id not in LOCAL_CHAIN_IDS]
    if len({artifact.chain_id for artifact in found}) != len(found):
        raise DeploymentError("two artifacts are of one chain; the package has room for one")
    return found


def pack(files: dict[str, str], *, into: Path, staging: Path) -> Path:
    """The package as a tarball in `into`, made by `npm pack` of the folder `staging`, which is written anew."""
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for name, text in files.items():
        (staging / name).write_text(text, encoding="utf-8")
    words = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", str(into.resolve())]
    try:
        done = subprocess.run(words, cwd=staging, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise DeploymentError("npm is missing (it comes with Node.js)") from None
    except subprocess.CalledProcessError as error:
        raise DeploymentError(f"npm pack failed: {' '.join(error.stderr.split())}") from None
    return into / json.loads(done.stdout)[0]["filename"]


def _manifest(version: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "version": version,
        "description": f"ABI and deployments of the contract {CONTRACT}",
        "license": "MIT",
        "type": "module",
        "main": "./index.cjs",
        "module": "./index.mjs",
        "types": "./index.d.ts",
        "exports": {
            ".": {"types": "./index.d.ts", "import": "./index.mjs", "require": "./index.cjs"},
            "./abi.json": "./abi.json",
        },
        "files": ["abi.json", "index.cjs", "index.d.ts", "index.mjs"],
        "sideEffects": False,
    }


def _type_of(value: Any, indent: str = "") -> str:
    """The literal type of a JSON value in TypeScript, read-only all the way down."""
    inner = indent + "  "
    if isinstance(value, list):
        items = "".join(f"\n{inner}{_type_of(item, inner)}," for item in value)
        return f"readonly [{items}\n{indent}]" if value else "readonly []"
    if isinstance(value, dict):
        items = "".join(f"\n{inner}readonly {json.dumps(key)}: {_type_of(value[key], inner)};" for key in sorted(value))
        return f"{{{items}\n{indent}}}" if value else "{}"
    return json.dumps(value)
