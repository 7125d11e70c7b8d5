"""The environment of the programs: little of the caller's, so that no setting of a shell or a `.env` file gets in."""

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
    """What every program gets."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["PATH"] = f"{BINARIES}:{environment.get('PATH', os.defpath)}"
    environment.setdefault("LC_ALL", "C.UTF-8")
    return environment | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def backend_environment(settings_file: Path) -> dict[str, str]:
    """For `manage.py` and the servers: nothing but the file says what is set."""
    return base_environment() | {"ENV_FILE": str(settings_file)}


def ape_environment() -> dict[str, str]:
    """For `ape run`: its own folder and the compiler of package.json."""
    return base_environment() | {
        "APE_DATA_FOLDER": str(LOCAL / "ape"),
        "SOLCX_BINARY_PATH": str(ROOT / "tools" / "toolchain"),
    }


def load_or_create(
    path: Path, *, extra: Mapping[str, str] | None = None, current: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The settings kept in the file at `path`, readable by its owner only; made with fresh secrets if there is none.

    What is missing in an existing file is added to it; what is in `current` replaces what it says.
    """
    settings = _read(path)
    wanted = {**_generated(), **(extra or {}), **settings, **(current or {})}
    if changed := {name: value for name, value in wanted.items() if settings.get(name) != value}:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [line for line in _lines(path) if line.partition("=")[0].strip() not in changed]
        # Quoted where a shell needs it: the file is also there to be read by one.
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
        # anvil mines at once, when there is something to mine, and never reorganises.
        "BLOCKCHAIN_CONFIRMATIONS": "0",
        "BLOCKCHAIN_RELAY_INTERVAL": "0.2",
        "BLOCKCHAIN_SYNC_INTERVAL": "0.2",
        "HEALTH_MAX_HEAD_AGE_SECONDS": "0",
        # A relay that was killed keeps its key for this long.
        "BLOCKCHAIN_LEASE_SECONDS": "10",
        "COMPLAINANT_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        "STAFF_PASSWORD": secrets.token_urlsafe(PASSWORD_BYTES),
        # With another time of its first block a restarted chain would be another chain.
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
