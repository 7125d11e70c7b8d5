"""Starts the node, installing what it needs the first time."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


class IpfsNode:
    """One running node with an empty store. `authorization`: the header that it wants of all requests."""

    def __init__(self, store: Path, *, authorization: str = "") -> None:
        installed()
        self.process = subprocess.Popen(
            ["node", str(FOLDER / "server.mjs"), str(store)],
            env={**os.environ, "AUTHORIZATION": authorization},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Listening on "), "the IPFS node did not start"
        self.url = line.removeprefix("Listening on ").strip()

    def faulty(self, fault: str) -> str:
        """A URL under which the node has this fault; see `server.mjs`."""
        return f"{self.url}/fault/{fault}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()


def installed() -> None:
    """Installs the node's packages if they are not those of the lock file. Skips the test where there is no Node.js."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs Node.js")
    lock_file, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != lock_file.read_text():
            subprocess.run(["npm", "ci", "--silent"], cwd=FOLDER, check=True)
            stamp.write_text(lock_file.read_text())
