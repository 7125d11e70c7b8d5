"""The environment of the programs: little of the caller's, so that no setting of a shell or a `.env` file gets in."""

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from scripts._stack import keys
from scripts._stack.places import BINARIES, LOCAL, ROOT

KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
PASSWORD_BYTES = 9


def base_environment() -> dict[str, str]:
    """What every program gets."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PATH"] = f"{BINARIES}:{environment.get('PATH', os.defpath)}"
    environment.setdefault("LC_ALL", "C.UTF-8")
    return environment | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def ape_environment() -> dict[str, str]:
    """For `ape run`: its own folder and the compiler of package.json."""
    return base_environment() | {
        "APE_DATA_FOLDER": str(LOCAL / "ape"),
        "SOLCX_BINARY_PATH": str(ROOT / "scripts" / "toolchain"),
    }


def load_or_create(path: Path, *, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings kept in the file at `path`, readable by its owner only; made with fresh secrets if there is none.

    What is missing in an existing file is added to it.
    """
    settings = _read(path)
    made = {**_generated(), **(extra or {})}
    if missing := {name: value for name, value in made.items() if name not in settings}:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in missing.items())
    return settings | missing


def _generated() -> dict[str, str]:
    return {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "BLOCKCHAIN_PRIVATE_KEY": keys.relay_key(),
        "BLOCKCHAIN_INTAKE_KEY": keys.intake_key(),
        # anvil mines at once and never reorganises.
        "BLOCKCHAIN_CONFIRMATIONS": "0",
        "BLOCKCHAIN_RELAY_INTERVAL": "0.2",
        "BLOCKCHAIN_SYNC_INTERVAL": "0.2",
        # A relay that was killed keeps its key for this long.
        "BLOCKCHAIN_LEASE_SECONDS": "10",
        "COMPLAINANT_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        "STAFF_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        # With another time of its first block a restarted chain would be another chain.
        "ANVIL_GENESIS_TIMESTAMP": str(int(time.time())),
    }


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        name.strip(): value.strip()
        for name, _, value in (line.partition("=") for line in lines if line and not line.startswith("#"))
    }
