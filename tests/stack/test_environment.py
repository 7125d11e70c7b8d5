"""The stack's settings: secrets made once, for their owner's eyes, and nothing of the caller's shell."""

import stat
from pathlib import Path

import pytest

from scripts._stack.environment import base_environment, load_or_create

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


def test_base_environment__settings_of_the_shell__stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somebody@production/complaints")
    monkeypatch.setenv("https_proxy", "http://proxy")
    assert not {"DATABASE_URL", "https_proxy"} & base_environment().keys()
