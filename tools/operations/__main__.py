"""`python -m tools.operations [RELEASE]`: runs docs/operations.md on a fresh Debian (default: bookworm).

Also runs the commands of docs/deployment.md for a local chain. Prints one line for each block; the output of the
commands is in .local/logs/operations.log. Exits with 1 at the first command that fails, or if the system does not
behave as the document says.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.operations import sandbox
from tools.operations.admin import checkout_make, shell_of
from tools.operations.debian import Debian, base_make
from tools.operations.document import Block, blocks
from tools.operations.errors import OperationsError
from tools.operations.shell import Shell
from tools.operations.story import ARTIFACT, HOST, Place, Story, sections
from tools.stack.errors import StackError, StepFailed
from tools.stack.places import LOCAL, ROOT, shown

LOG = LOCAL / "logs" / "operations.log"
BASES = LOCAL / "debian"
OPERATIONS, DEPLOYMENT = ROOT / "docs" / "operations.md", ROOT / "docs" / "deployment.md"
# Sections of docs/deployment.md: those that run first, and those that run later. The others are for a public network.
DEPLOY, ADMINISTER = ("In short",), ("Roles", "Handing the admin over")
INSIDE = "--inside"


def main(arguments: Sequence[str]) -> int:
    """Runs the command line; returns the exit code."""
    inside = arguments[:1] == [INSIDE]
    release = (arguments[1:] if inside else arguments)[:1] or ["bookworm"]
    try:
        if inside:
            _inside(release[0], Path(arguments[2]))
            return 0
        sandbox.require()
        LOG.parent.mkdir(parents=True, exist_ok=True)
        LOG.write_text("")
        base_make(BASES, release=release[0], log=LOG)
        with tempfile.TemporaryDirectory(prefix="complaint-operations-") as folder:
            command = [sys.executable, "-m", "tools.operations", INSIDE, release[0], folder]
            return sandbox.run(command, log=LOG)
    except (OperationsError, StackError, StepFailed) as error:
        print(f"FAILED: {error}\nThe whole output is in {shown(LOG)}.", file=sys.stderr)
        return 1


def _inside(release: str, folder: Path) -> None:
    """The run itself, inside its own namespaces."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
    with LOG.open("a", buffering=1) as log:
        checkout = checkout_make(folder / "checkout")
        with (
            Debian(BASES / release, folder=folder, host=HOST) as debian,
            debian.shell(log.write) as machine,
            shell_of(checkout, said=log.write) as admin,
        ):
            Run(machine, admin, debian.root, checkout).all()


class Run:
    """Runs both documents, on two machines."""

    def __init__(self, machine: Shell, admin: Shell, root: Path, checkout: Path) -> None:
        self._machine, self._admin, self._root, self._checkout = machine, admin, root, checkout
        self._operations = sections(list(blocks((checkout / OPERATIONS.relative_to(ROOT)).read_text())))
        self._deployment = sections(list(blocks((checkout / DEPLOYMENT.relative_to(ROOT)).read_text())))
        repository = root / "srv" / "complaint-registry.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(checkout), str(repository)], check=True)
        source = f"file:///{repository.relative_to(root)}"
        self._story = Story(machine=machine, root=root, source=source, blocks_run=self._again)

    def all(self) -> None:
        """Raises `OperationsError` or `StackError` if the system does not behave as the documents say."""
        for place, block in self._deployment.items():
            if place[0] in DEPLOY:
                self._block(DEPLOYMENT, place, block, self._admin)
        artifact = self._checkout / "backend" / "deployments" / "local.json"
        (self._root / "root" / ARTIFACT).write_bytes(artifact.read_bytes())
        for place, block in self._operations.items():
            self._step(place, block)
        for place, block in self._deployment.items():
            if place[0] in ADMINISTER:
                self._block(DEPLOYMENT, place, block, self._admin)
        self._story.end()

    def _again(self, wanted: Sequence[str]) -> None:
        for place, block in self._operations.items():
            if place[0] in wanted:
                self._step(place, block)

    def _step(self, place: Place, block: Block) -> None:
        if before := self._story.before.get(place):
            before()
        self._block(OPERATIONS, place, block, self._admin if block.is_for_admin else self._machine)
        if after := self._story.after.get(place):
            after()

    def _block(self, document: Path, place: Place, block: Block, shell: Shell) -> None:
        started = time.monotonic()
        where = f"{document.name}:{block.line}"
        print(f"{where:20} {place[0]}", end="", flush=True)
        try:
            shell.run(block.filled(self._story.values), line=block.line, name=document.stem)
        except OperationsError as error:
            raise OperationsError(f"{where} ({place[0]})\n{error}") from None
        finally:
            print(f", {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
