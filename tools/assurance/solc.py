"""The contract's compiler, asked for more than Ape asks: syntax trees, source maps, many variants at once."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
LAUNCHER: Final = ROOT / "tools" / "toolchain" / "solc-v0.8.30"
CONTRACT: Final = "contracts/ComplaintRegistry.sol"
NAME: Final = "ComplaintRegistry"


class CompilerError(Exception):
    """The sources do not compile. `files`: those with an error."""

    def __init__(self, messages: list[str], files: set[str]) -> None:
        super().__init__("\n".join(messages))
        self.files = files


def request(sources: Mapping[str, str], outputs: Mapping[str, list[str]], **settings: Any) -> str:
    """Standard JSON for these sources and, by file, these outputs of the contract; `ast` is one of the file."""
    selection = {
        file: {"": ["ast"] if "ast" in names else [], NAME: [name for name in names if name != "ast"]}
        for file, names in outputs.items()
    }
    return json.dumps(
        {
            "language": "Solidity",
            "sources": {file: {"content": text} for file, text in sources.items()},
            "settings": {
                "remappings": ["@openzeppelin/contracts=node_modules/@openzeppelin/contracts"],
                "evmVersion": "cancun",
                "outputSelection": selection,
                **settings,
            },
        }
    )


def start(text: str) -> subprocess.Popen[str]:
    """A compiler at work on `text`; `finish` reads its answer."""
    process = subprocess.Popen(
        [str(LAUNCHER), "--standard-json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    return process


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Its answer. Raises `CompilerError`."""
    assert process.stdout is not None
    answer: dict[str, Any] = json.loads(process.stdout.read())
    process.wait()
    errors = [error for error in answer.get("errors", []) if error["severity"] == "error"]
    if errors:
        files = {error["sourceLocation"]["file"] for error in errors if "sourceLocation" in error}
        raise CompilerError([error["formattedMessage"] for error in errors], files)
    return answer


def sources() -> dict[str, str]:
    """The project's own, by path."""
    files = sorted((ROOT / "contracts").rglob("*.sol"))
    return {file.relative_to(ROOT).as_posix(): file.read_text() for file in files if ".cache" not in file.parts}


def with_code(files: Mapping[str, str]) -> list[str]:
    """Those that have bodies: all but the interfaces."""
    return [file for file in files if not file.startswith("contracts/interfaces/")]
