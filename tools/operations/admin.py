"""The admin's machine: a checkout with the contract's toolchain, the admin's key, and a local chain."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tools.operations.errors import OperationsError
from tools.operations.shell import Shell
from tools.stack.environment import base_environment
from tools.stack.places import ROOT

NODE_URL = "http://127.0.0.1:8545"
# anvil's last account, which has no role. It pays.
PAYER = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
ETHER = 10**18


def checkout_make(folder: Path) -> Path:
    """A repository at `folder` with one commit: this repository's present files, without the ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    author = ["-c", "user.name=operations", "-c", "user.email=operations@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "Operations"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    # The results of `make setup`.
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def shell_of(checkout: Path, *, said: Callable[[str], object]) -> Shell:
    """A shell in the checkout, with the environment activated."""
    ape = checkout / ".local" / "ape"
    # What it has compiled before, if anything.
    if (known := ROOT / ".local" / "ape").exists():
        shutil.copytree(known, ape, ignore=shutil.ignore_patterns("processes"))
    env = base_environment() | {"APE_DATA_FOLDER": str(ape), "SOLCX_BINARY_PATH": str(ROOT / "tools" / "toolchain")}
    files = checkout.parent / "admin"
    files.mkdir()
    env["PATH"] = env.get("PATH", os.defpath)
    return Shell([], folder=files, seen=files, env=env, said=said, cwd=checkout)


def rpc(method: str, *params: Any) -> Any:
    """The local chain's answer to a request. Raises `OperationsError` if it refuses."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(NODE_URL, json=body, timeout=10).json()
    if "error" in answer:
        raise OperationsError(f"{method}: {answer['error']}")
    return answer["result"]


def ether_send(address: str) -> None:
    """Sends one ether to an address, as from somebody's wallet."""
    rpc("eth_sendTransaction", {"from": PAYER, "to": address, "value": hex(ETHER)})
