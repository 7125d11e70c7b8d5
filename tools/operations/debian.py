"""A fresh Debian: created once by debootstrap, then used with a temporary layer in memory."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.operations.errors import OperationsError
from tools.operations.sandbox import RESOLVER
from tools.operations.shell import Shell

# Packages of every Debian that boots and has a network.
PACKAGES = "systemd-sysv,dbus,iproute2,ca-certificates"
# Not registered, since the host may have no service manager. It shares the network of the process that starts it.
NSPAWN = (
    "systemd-nspawn",
    "--boot",
    "--quiet",
    "--register=no",
    "--keep-unit",
    "--resolv-conf=off",
    "--machine=complaints",
    "--console=pipe",
)
BOOT_SECONDS = 60.0
MEMORY = "6G"  # maximum
# Certificate authorities that this machine trusts besides Debian's, such as a company's proxy; and pip's index.
AUTHORITIES = Path("usr/local/share/ca-certificates")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def base_make(folder: Path, *, release: str, log: Path) -> Path:
    """The files of a fresh Debian below `folder`; creates them if they do not exist yet (takes a minute)."""
    base = folder / release
    if base.exists():
        return base
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{release}.new"
    shutil.rmtree(made, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(made)]
    with log.open("ab") as said:
        if subprocess.run(command, stdout=said, stderr=said, check=False).returncode != 0:
            raise OperationsError(f"debootstrap failed; see {log}")
    made.rename(base)
    return base


class Debian:
    """A running machine on `base`, in the namespaces of this process. `host`: a name that it resolves to itself."""

    def __init__(self, base: Path, *, folder: Path, host: str) -> None:
        self.root, layer = folder / "root", folder / "layer"
        for each in (self.root, layer):
            each.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={MEMORY}", "tmpfs", str(layer))
        for name in ("upper", "work"):
            (layer / name).mkdir()
        layers = f"lowerdir={base},upperdir={layer / 'upper'},workdir={layer / 'work'}"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost {host}\n")
        (self.root / "etc/resolv.conf").write_text(f"nameserver {RESOLVER}\n")
        shutil.copytree("/" / AUTHORITIES, self.root / AUTHORITIES, dirs_exist_ok=True)
        _run("chroot", str(self.root), "update-ca-certificates")
        self._log = (folder / "boot.log").open("wb")
        self._process = subprocess.Popen(
            [*NSPAWN, f"--directory={self.root}"],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> Self:
        """Waits until the machine has booted."""
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            asked = [*self._enter(), "systemctl", "is-system-running", "--wait"] if self._first() else ["false"]
            if subprocess.run(asked, capture_output=True, check=False).stdout.strip() == b"running":
                return self
            time.sleep(0.5)
        self.stop()
        raise OperationsError("Debian did not boot")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops the machine like a power failure, and discards all its data."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def shell(self, said: Callable[[str], object]) -> Shell:
        """A login shell of root on the machine."""
        env = {
            "HOME": "/root",
            "USER": "root",
            "TERM": "dumb",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
        }
        env |= {"PIP_CERT": BUNDLE, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        env |= {name: os.environ[name] for name in ("PIP_INDEX_URL",) if name in os.environ}
        return Shell(self._enter(), folder=self.root / "root", seen=Path("/root"), env=env, said=said)

    def _first(self) -> str:
        """The process id of its systemd."""
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    def _enter(self) -> list[str]:
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--root")
        return ["nsenter", "--target", self._first(), *spaces, "--", "env", "--chdir=/root"]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
