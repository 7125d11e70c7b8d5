"""A new kind of link touches the files that CONTRIBUTING.md lists, and no other: one is added in a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.standalone

REPOSITORY = Path(__file__).resolve().parents[3]
COPIED = ("ape-config.yaml", "backend", "contracts", "scripts", "tools", "verifier")
LINKED = ("node_modules", ".venv")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".hypothesis", "node_modules", "static", "*.sqlite3")
AT_MOST = 9

# FORWARDED: given to another authority, while it is not resolved. File, what is replaced, and by what.
EDITS = [
    ("contracts/interfaces/IComplaintRegistry.sol", "        NOTED\n", "        NOTED,\n        FORWARDED\n"),
    (
        "contracts/base/ComplaintChain.sol",
        "        } else if (eventType >= EventType.ERASED) {\n",
        "        } else if (eventType == EventType.FORWARDED) {\n"
        "            if (_isUnresolved(from)) return from;\n"
        "        } else if (eventType >= EventType.ERASED) {\n",
    ),
    ("backend/blockchain/protocol/kinds.py", "    NOTED = 15\n", "    NOTED = 15\n    FORWARDED = 16\n"),
    (
        "backend/blockchain/protocol/kinds.py",
        "    _recorded(EventType.NOTED, _stays(*_ANY)),\n",
        "    _recorded(EventType.NOTED, _stays(*_ANY)),\n    _recorded(EventType.FORWARDED, _stays(*_UNRESOLVED)),\n",
    ),
    ("verifier/receipt.py", '    "NOTED",\n)', '    "NOTED",\n    "FORWARDED",\n)'),
    (
        "verifier/receipt.py",
        "    (_ANY, None),\n    (_ANY, None),\n    (_ANY, None),\n)",
        "    (_ANY, None),\n    (_ANY, None),\n    (_ANY, None),\n    (_UNRESOLVED, None),\n)",
    ),
]
SCHEMA = "backend/blockchain/protocol/schemas/FORWARDED.json"


def listed() -> list[str]:
    """The files that CONTRIBUTING.md says a new kind touches."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    section = text.partition("## Add a kind of link")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE)


def test_contributing__files_of_a_new_kind__exist_and_are_nine_at_most() -> None:
    files = listed()
    assert 0 < len(files) <= AT_MOST
    assert {name for name, _, _ in EDITS} < set(files)
    for name in files:
        assert (REPOSITORY / name.replace("NAME.json", "NOTED.json")).is_file(), name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree with the new kind."""
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, symlinks=True, ignore=LEFT_OUT)
        else:
            shutil.copy(source, tmp_path / name)
    for name in LINKED:
        (tmp_path / name).symlink_to(REPOSITORY / name)
    for name, old, new in EDITS:
        text = (tmp_path / name).read_text()
        assert text.count(old) == 1, (name, old)
        (tmp_path / name).write_text(text.replace(old, new))
    schema = (tmp_path / SCHEMA).with_name("ASSIGNED.json").read_text().replace("ASSIGNED", "FORWARDED")
    (tmp_path / SCHEMA).write_text(schema)
    return tmp_path


def test_new_kind__added_in_a_copy__compiles_and_is_recorded_and_verified(copy: Path) -> None:
    environment = {
        **os.environ,
        "APE_DATA_FOLDER": str(copy / ".local" / "ape"),
        "SOLCX_BINARY_PATH": str(copy / "tools" / "toolchain"),
        # Not the database that this very run may be using.
        "DATABASE_URL": f"sqlite:///{copy / 'db.sqlite3'}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    for command in (
        ["ape", "compile"],
        [sys.executable, "-m", "pytest", "tests/protocol/kind_life.py", "-q", "-p", "no:cacheprovider"],
    ):
        folder = copy if command[0] == "ape" else copy / "backend"
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    built = json.loads((copy / ".build" / "__local__.json").read_text())["contractTypes"]["ComplaintRegistry"]
    abi = json.loads((copy / "backend/blockchain/abi/ComplaintRegistry.json").read_text())
    # An enum is a number in an ABI, so that no client has to change.
    assert sorted(item.get("name", "") for item in built["abi"]) == sorted(item.get("name", "") for item in abi)
