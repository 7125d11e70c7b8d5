"""The namespaces of a run: separate mounts, processes and network, which end with the run.

Needs root, and Debian's packages debootstrap, systemd-container and slirp4netns. The host is not changed: all mounts
and processes disappear when the first process in the namespaces ends, for whatever reason.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.operations.errors import OperationsError

PACKAGES = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "slirp4netns": "slirp4netns"}
# Control groups of both versions, if they exist.
CGROUPS = tuple(Path("/sys/fs/cgroup") / name for name in ("systemd", "unified", "."))
# Joins the groups before `--`, then executes the command after it.
JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'
UNSHARE = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--propagation",
    "private",
)
START_SECONDS = 20.0
RESOLVER = "10.0.2.3"  # of slirp4netns


def require() -> None:
    """Raises `OperationsError` if this machine can't run a Debian inside itself."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise OperationsError("this command starts a Debian inside this machine; run it as root on Linux")
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    if missing := [package for name, package in PACKAGES.items() if shutil.which(name, path=path) is None]:
        raise OperationsError(f"missing Debian packages: apt-get install {' '.join(missing)}")


def run(command: Sequence[str], *, log: Path) -> int:
    """Runs `command` in new namespaces, with access to the package registries; returns its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with _cgroup() as group:
        inside = subprocess.Popen(["sh", "-c", JOIN, "sh", *map(str, group), "--", *UNSHARE, *command])
        try:
            first = _child(inside)
            with log.open("ab") as said:
                network = subprocess.Popen(
                    ["slirp4netns", "--configure", "--disable-host-loopback", str(first), "tap0"],
                    stdout=said,
                    stderr=said,
                )
            try:
                return inside.wait()
            finally:
                network.terminate()
                network.wait()
        finally:
            # When `unshare` ends, so does the first process inside, and then all others.
            inside.kill()
            inside.wait()


def _child(process: subprocess.Popen[bytes]) -> int:
    """The host's process id of the first process inside, once it has its own network."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    ours = os.readlink("/proc/self/ns/net")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for child in children.read_text().split():
            if os.readlink(f"/proc/{child}/ns/net") != ours:
                return int(child)
        time.sleep(0.02)
    raise OperationsError("this machine can't create namespaces")


@contextmanager
def _cgroup() -> Iterator[list[Path]]:
    """New control groups, below which the systemd inside creates its own."""
    made = list[Path]()
    for root in CGROUPS:
        if (root / "cgroup.procs").exists():
            made.append(root / f"complaint-operations-{os.getpid()}")
            made[-1].mkdir()
    try:
        yield made
    finally:
        for group in made:
            deadline = time.monotonic() + START_SECONDS
            while group.exists() and time.monotonic() < deadline:
                for folder, _, _ in os.walk(group, topdown=False):
                    with suppress(OSError):
                        os.rmdir(folder)
                time.sleep(0.1)
