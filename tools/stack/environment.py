"""The environment of the programs. It has little of the caller's, so no shell or `.env` file changes a setting."""

import os
import secrets
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

from tools.stack import keys
from tools.stack.places import BINARIES, LOCAL, ROOT

KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
PASSWORD_BYTES = 9


def base_environment() -> dict[str, str]:
    """The environment of every program."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PATH"] = f"{BINARIES}:{environment.get('PATH', os.defpath)}"
    environment.setdefault("LC_ALL", "C.UTF-8")
    return environment | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def backend_environment(settings_file: Path) -> dict[str, str]:
    """The environment of `manage.py` and the servers: all settings come from the file."""
    return base_environment() | {"ENV_FILE": str(settings_file)}


def ape_environment() -> dict[str, str]:
    """The environment of `ape run`: Ape's data folder in the repository, and the compiler of package.json."""
    return base_environment() | {
        "APE_DATA_FOLDER": str(LOCAL / "ape"),
        "SOLCX_BINARY_PATH": str(ROOT / "tools" / "toolchain"),
    }


def load_or_create(
    path: Path, *, extra: Mapping[str, str] | None = None, current: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The settings in the file at `path`, which only its owner can read. A new file gets fresh secrets.

    Settings that are missing in an existing file are added to it; those in `current` replace its own.
    """
    settings = _read(path)
    wanted = {**_generated(), **(extra or {}), **settings, **(current or {})}
    if changed := {name: value for name, value in wanted.items() if settings.get(name) != value}:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [line for line in _lines(path) if line.partition("=")[0].strip() not in changed]
        # Quoted for a shell, since people source the file too.
        lines = kept + [f"{name}={shlex.quote(value)}" for name, value in changed.items()]
        made = path.with_name(path.name + ".new")
        made.unlink(missing_ok=True)
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        made.replace(path)
    return wanted


def _generated() -> dict[str, str]:
    return {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "BLOCKCHAIN_PRIVATE_KEY": keys.relay_key(),
        "BLOCKCHAIN_INTAKE_KEY": keys.intake_key(),
        # anvil mines each transaction at once, and never reorganises.
        "BLOCKCHAIN_CONFIRMATIONS": "0",
        "BLOCKCHAIN_RELAY_INTERVAL": "0.2",
        "BLOCKCHAIN_SYNC_INTERVAL": "0.2",
        "BLOCKCHAIN_PROOF_INTERVAL": "1",
        "HEALTH_MAX_HEAD_AGE_SECONDS": "0",
        # A killed relay keeps its key for this time.
        "BLOCKCHAIN_LEASE_SECONDS": "10",
        "COMPLAINANT_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        "STAFF_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        # A restarted chain with another time of its first block would be another chain.
        "ANVIL_GENESIS_TIMESTAMP": str(int(time.time())),
    }


def _read(path: Path) -> dict[str, str]:
    lines = [line.strip() for line in _lines(path)]
    return {
        name.strip(): value.strip().strip("'")
        for name, _, value in (line.partition("=") for line in lines if line and not line.startswith("#"))
    }


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
