"""The stack's settings: secrets made once, for their owner's eyes, and nothing of the caller's shell."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools.stack.environment import base_environment, load_or_create

SECRETS = ("DJANGO_SECRET_KEY", "JWT_SIGNING_KEY", "COMPLAINANT_PASSWORD", "STAFF_PASSWORD")


def test_load_or_create__new__only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "env"
    load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_load_or_create__two_stacks__share_no_secret(tmp_path: Path) -> None:
    one, other = load_or_create(tmp_path / "one"), load_or_create(tmp_path / "other")
    assert all(one[name] != other[name] for name in SECRETS)
    assert one["DJANGO_SECRET_KEY"] != one["JWT_SIGNING_KEY"]


def test_load_or_create__again__keeps_what_is_there_and_adds_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "env"
    first = load_or_create(path)
    path.write_text(path.read_text().replace("BLOCKCHAIN_CONFIRMATIONS=0", "BLOCKCHAIN_CONFIRMATIONS=2"))
    second = load_or_create(path, extra={"SLA_CHECK_INTERVAL": "60"})
    assert second == first | {"BLOCKCHAIN_CONFIRMATIONS": "2", "SLA_CHECK_INTERVAL": "60"}
    assert load_or_create(path) == second


def test_load_or_create__what_changes_with_each_start__is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "env"
    first = load_or_create(path, current={"DATA_DIR": "/old place/run", "WEB_BIND": "127.0.0.1:8000"})
    path.write_text("# a comment of the user's\n" + path.read_text())
    current = {"DATA_DIR": "/new place/run", "WEB_BIND": "127.0.0.1:8890"}
    assert load_or_create(path, current=current) == first | current
    assert path.read_text().startswith("# a comment of the user's\n")
    assert path.read_text().count("DATA_DIR=") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_load_or_create__folder_with_a_space__a_shell_and_the_backend_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "env"
    load_or_create(path, current={"DATA_DIR": "/a place/run"})
    shell = subprocess.run(["sh", "-c", f". '{path}'; printf %s \"$DATA_DIR\""], capture_output=True, check=True)
    read = "import environ, os, sys; environ.Env.read_env(sys.argv[1]); print(os.environ['DATA_DIR'], end='')"
    backend = subprocess.run([sys.executable, "-c", read, path], capture_output=True, check=True)
    assert shell.stdout == backend.stdout == b"/a place/run"


def test_base_environment__settings_of_the_shell__stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somebody@production/complaints")
    monkeypatch.setenv("https_proxy", "http://proxy")
    assert not {"DATABASE_URL", "https_proxy"} & base_environment().keys()
