"""`make setup` says in one line what is missing, and makes an environment anew that can't be used any more.

It runs in a folder of its own, on a PATH with stand-ins, and with nothing to install.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.stack.places import ROOT

NODE_20 = "#!/bin/sh\nexit 0\n"
# Answers as an older Node.js: `node --version`, and failure to the question whether it is new enough.
NODE_18 = '#!/bin/sh\n[ "$1" = --version ] && { echo v18.0.0; exit 0; }\nexit 1\n'
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13")
USED_BY_THE_SCRIPT = ("bash", "cat", "cksum", "dirname", "grep", "mkdir", "mv", "rm", "sh")
# The Python that runs this, outside of its virtual environment. What it makes gets a pip that does nothing,
# since making the real one takes seconds.
PYTHON = f'''#!/bin/sh
real="{os.path.realpath(sys.executable)}"
case "$1 $2" in
  "-m venv")
    "$real" -m venv --without-pip "$3"
    pip=$("$3/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pip
    mkdir "$pip"
    : > "$pip/__init__.py"
    : > "$pip/__main__.py" ;;
  *) exec "$real" "$@" ;;
esac
'''
# Another patch release of the same minor version.
OTHER_PYTHON = PYTHON.replace('"-m venv")', '"--version ") echo Python 3.11.99 ;;\n  "-m venv")')
NPM = "#!/bin/sh\nmkdir -p node_modules\n"
TOOL = "#!/bin/sh\nexit 0\n"


class Machine:
    """A folder with the set-up script, and a PATH of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder / "project", folder / "bin"
        toolchain = self.folder / "tools" / "toolchain"
        toolchain.mkdir(parents=True)
        for name in ("setup.sh", "venv.sh"):
            shutil.copy(ROOT / "tools" / "toolchain" / name, toolchain)
        for name in ("requirements.txt", "package-lock.json", ".npmrc"):
            (self.folder / name).write_text("")
        self.path.mkdir()
        for name in USED_BY_THE_SCRIPT:
            (self.path / name).symlink_to(str(shutil.which(name)))

    def install(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(script)
        program.chmod(0o755)

    @property
    def environment(self) -> Path:
        return self.folder / ".venv"

    def setup(self, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.path / "bash"), "tools/toolchain/setup.sh"]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": str(self.path)} | variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def ready(machine: "Machine") -> "Machine":
    """A machine on which nothing is missing."""
    programs = {"node": NODE_20, "npm": NPM, "anvil": TOOL, "cast": TOOL, "python3": PYTHON}
    for name, script in programs.items():
        machine.install(name, script)
    return machine


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
    assert done.stderr.startswith("setup: Python 3.11 or 3.12 is missing (looked for python3.11,")
    assert done.stderr.count("\n") == 1
    assert not (machine.folder / ".venv").exists()


def test_setup__named_python_too_old__names_it_and_uses_no_other(ready: Machine) -> None:
    ready.install("python3.10", OLD_PYTHON)
    done = ready.setup(PYTHON="python3.10")
    assert done.returncode == 1
    assert done.stderr == "setup: PYTHON=python3.10 is not Python 3.11 or 3.12\n"


def test_setup__usable_environment__is_kept(ready: Machine) -> None:
    assert "==> Python environment" in ready.setup().stdout
    (ready.environment / "kept").touch()
    done = ready.setup()
    assert (done.returncode, done.stdout) == (0, "")
    assert (ready.environment / "kept").exists()


def test_setup__another_python_is_named__environment_is_made_with_it(ready: Machine) -> None:
    ready.setup()
    (ready.environment / "old").touch()
    ready.install("other", OTHER_PYTHON)
    assert ready.setup(PYTHON="other").returncode == 0
    assert not (ready.environment / "old").exists()


@pytest.mark.parametrize("damage", ["its Python is gone", "it was moved here", "it lacks pip"])
def test_setup__broken_environment__is_made_anew(damage: str, ready: Machine) -> None:
    ready.setup()
    (ready.environment / "old").touch()
    if damage == "its Python is gone":
        (ready.environment / "bin" / "python").unlink()
        (ready.environment / "bin" / "python").symlink_to(ready.folder / "nowhere")
    elif damage == "it was moved here":
        ready.folder = ready.folder.rename(ready.folder.with_name("elsewhere"))
    else:
        shutil.rmtree(next(ready.environment.glob("lib/python*/site-packages/pip")))
    done = ready.setup()
    assert (done.returncode, done.stderr) == (0, "")
    assert not (ready.environment / "old").exists()
    assert subprocess.run([ready.environment / "bin" / "python", "-m", "pip"], check=False).returncode == 0
