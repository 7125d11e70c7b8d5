"""`make setup` says in one line what is missing. It runs in a folder of its own, on a PATH with stand-ins."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts._stack.places import ROOT

NODE_20 = "#!/bin/sh\nexit 0\n"
# Answers as an older Node.js: `node --version`, and failure to the question whether it is new enough.
NODE_18 = '#!/bin/sh\n[ "$1" = --version ] && { echo v18.0.0; exit 0; }\nexit 1\n'
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13")
USED_BY_THE_SCRIPT = ("bash", "cat", "cksum", "dirname", "sh")


class Machine:
    """A folder with the set-up script, and a PATH of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder / "project", folder / "bin"
        toolchain = self.folder / "scripts" / "toolchain"
        toolchain.mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "toolchain" / "setup.sh", toolchain)
        for name in ("requirements.txt", "package-lock.json", ".npmrc"):
            (self.folder / name).write_text("")
        self.path.mkdir()
        for name in USED_BY_THE_SCRIPT:
            (self.path / name).symlink_to(str(shutil.which(name)))

    def install(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(script)
        program.chmod(0o755)

    def setup(self) -> subprocess.CompletedProcess[str]:
        command = [str(self.path / "bash"), "scripts/toolchain/setup.sh"]
        return subprocess.run(
            command, cwd=self.folder, env={"PATH": str(self.path)}, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_setup__no_node__names_it(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == "setup: Node.js 20 or later is missing (it runs the Solidity compiler)\n"


def test_setup__old_node__names_both_versions(machine: Machine) -> None:
    machine.install("node", NODE_18)
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == "setup: Node.js 20 or later is needed, this is v18.0.0\n"


def test_setup__no_npm__names_it(machine: Machine) -> None:
    machine.install("node", NODE_20)
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == "setup: npm is missing (it comes with Node.js)\n"


def test_setup__python_too_old__names_the_versions(machine: Machine) -> None:
    for name, script in {"node": NODE_20, "npm": NODE_20, **dict.fromkeys(PYTHONS, OLD_PYTHON)}.items():
        machine.install(name, script)
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr.startswith("setup: Python 3.11 to 3.13 is missing (looked for python3.11,")
    assert done.stderr.count("\n") == 1
    assert not (machine.folder / ".venv").exists()
