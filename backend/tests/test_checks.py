"""System checks: each names what is wrong, and says what to do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymysql
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db.utils import ConnectionHandler

from blockchain.checks import NUMBERS, settings_check
from blockchain.common.backends import backend_new
from blockchain.conf import DEFAULTS
from tests.chain_fixtures import RELAY_KEY, Chain


def found(number: str) -> list[str]:
    """Message and hint of what the checks say with this number; they say nothing else."""
    messages = settings_check()
    assert {message.id for message in messages} <= {f"complaint_registry.{number}"}, messages
    assert all(message.hint for message in messages)
    return [f"{message.msg} {message.hint}" for message in messages]


@pytest.fixture(autouse=True)
def in_order(deployed_chain: Chain, settings: Any) -> None:
    """All is as it should be, but for what the test sets."""
    settings.BLOCKCHAIN_DEPLOYMENT = deployed_chain.artifact_path


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says which databases are configured, by alias; they are not connected to."""

    def configure(**databases: dict[str, Any]) -> None:
        pymysql.install_as_MySQLdb()
        monkeypatch.setattr("blockchain.checks.connections", ConnectionHandler(databases))

    return configure


def sqlite(**options: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": options}


def mysql(**options: Any) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.mysql", "NAME": "city", "OPTIONS": options}


def test_settings_check__own_project__is_silent() -> None:
    assert settings_check() == []


def test_check__registered__runs_with_all_others(settings: Any) -> None:
    settings.BLOCKCHAIN_FINALITY = "soon"
    assert "complaint_registry.E004" in {message.id for message in run_checks()}


@pytest.mark.django_db
def test_migrate__no_deployment__goes_on(settings: Any, tmp_path: Path) -> None:
    settings.BLOCKCHAIN_DEPLOYMENT = tmp_path / "none.json"
    (said,) = found("W001")
    assert f"no deployment artifact at {tmp_path}/none.json" in said
    call_command("migrate", verbosity=0, skip_checks=False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda artifact: artifact.pop("genesis"), "lacks genesis"),
        (lambda artifact: artifact["abi"].pop(), "is not that of this backend's contract"),
        (lambda artifact: artifact.update(address="0x12"), "is not well-formed"),
        (lambda artifact: artifact["constructor_args"].clear(), "lacks constructor arguments"),
    ],
)
def test_deployment__unusable__is_an_error(change: Any, says: str, settings: Any, tmp_path: Path) -> None:
    artifact = json.loads(settings.BLOCKCHAIN_DEPLOYMENT.read_text())
    change(artifact)
    settings.BLOCKCHAIN_DEPLOYMENT = tmp_path / "other.json"
    settings.BLOCKCHAIN_DEPLOYMENT.write_text(json.dumps(artifact))
    (said,) = found("E002")
    assert says in said


def test_numbers__all_that_have_a_default__have_a_range_that_holds() -> None:
    numeric = {name for name, default in DEFAULTS.items() if isinstance(default, (int, float))}
    assert set(NUMBERS) == numeric
    assert all(NUMBERS[name].holds(DEFAULTS[name]) for name in numeric)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["12", None, True, -1, float("nan")])
def test_number__no_number_of_its_range__is_an_error(name: str, value: Any, settings: Any) -> None:
    setattr(settings, name, value)
    (said,) = found("E003")
    assert f"{name} is {value!r}. Set it to" in said


@pytest.mark.parametrize(("name", "value"), [("BLOCKCHAIN_GAS_LIMIT", 2**24 + 1), ("BLOCKCHAIN_CONFIRMATIONS", 1.5)])
def test_number__beyond_its_range__is_an_error(name: str, value: Any, settings: Any) -> None:
    setattr(settings, name, value)
    assert len(found("E003")) == 1


@pytest.mark.parametrize(
    ("lower", "upper"),
    [("BLOCKCHAIN_MIN_TIP_GWEI", "BLOCKCHAIN_MAX_TIP_GWEI"), ("BLOCKCHAIN_MIN_TIP_GWEI", "BLOCKCHAIN_MAX_FEE_GWEI")],
)
def test_tips__lower_bound_above_the_upper__is_an_error(lower: str, upper: str, settings: Any) -> None:
    settings.BLOCKCHAIN_MIN_TIP_GWEI = 0
    setattr(settings, lower, 2.5)
    setattr(settings, upper, 1)
    (said,) = found("E003")
    assert f"{lower} (2.5) is above {upper} (1)" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOCKCHAIN_FINALITY", "latest"),
        ("BLOCKCHAIN_NODE_URLS", "http://node.example/hunter2"),
        ("BLOCKCHAIN_NODE_URLS", ["http://node.example", "ftp://hunter2"]),
        ("BLOCKCHAIN_NODE_AUTH", [None, None]),
        ("BLOCKCHAIN_NODE_HEADER", "hunter2"),
        ("BLOCKCHAIN_NODE_HEADER", "hunter2:"),
        ("EVIDENCE_UPLOAD_RATE", "many"),
        ("EVIDENCE_UPLOAD_RATE", None),
    ],
)
def test_form__not_that_of_the_setting__is_an_error_without_secrets(name: str, value: Any, settings: Any) -> None:
    setattr(settings, name, value)
    (said,) = found("E004")
    assert said.startswith(f"{name} is ")
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["BLOCKCHAIN_HOST", "BLOCKCHAIN_SIGNER", "BLOCKCHAIN_INTAKE_SIGNER", "EVIDENCE_STORE"])
@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("report.host.ReportHost", "it does not have that form"),
        ({}, "'BACKEND'"),
        ({"BACKEND": "report.host.Nobody"}, "Nobody"),
        ({"BACKEND": "nowhere.at.all"}, "No module named 'nowhere'"),
        ({"BACKEND": "blockchain.host.Host", "OPTIONS": {"colour": "red"}}, "colour"),
        ({"BACKEND": "blockchain.host.Host", "OPTION": {}}, "OPTION besides"),
        ({"BACKEND": "blockchain.host.Host", "OPTIONS": []}, "it does not have that form"),
    ],
)
def test_backend__names_none__is_an_error(name: str, named: Any, says: str, settings: Any) -> None:
    setattr(settings, name, named)
    (said,) = found("E005")
    assert said.startswith(f"{name} does not name a usable backend:")
    assert says in said


def test_host__no_host__is_an_error(settings: Any) -> None:
    settings.BLOCKCHAIN_HOST = {"BACKEND": "collections.UserDict"}
    (said,) = found("E005")
    assert "Name a subclass of blockchain.host.Host" in said


def test_backend__of_somebody_else__is_not_made(settings: Any) -> None:
    settings.BLOCKCHAIN_SIGNER = {"BACKEND": "tests.test_checks.vault_signer", "OPTIONS": {"vault": "https://vault"}}
    assert settings_check() == []
    with pytest.raises(AssertionError, match="asked"):
        backend_new(settings.BLOCKCHAIN_SIGNER, setting="BLOCKCHAIN_SIGNER")


def vault_signer(*, vault: str) -> Any:
    raise AssertionError(f"{vault} was asked")


@pytest.mark.parametrize("name", ["BLOCKCHAIN_PRIVATE_KEY", "BLOCKCHAIN_INTAKE_KEY"])
def test_key__is_none__is_a_warning_that_does_not_show_it(name: str, settings: Any) -> None:
    setattr(settings, name, RELAY_KEY[:-2])
    (said,) = found("W006")
    assert f"{name} is not a private key" in said
    assert RELAY_KEY[2:20] not in said


def test_signer__names_a_setting_that_there_is_not__is_a_warning(settings: Any) -> None:
    local = DEFAULTS["BLOCKCHAIN_SIGNER"]["BACKEND"]
    settings.BLOCKCHAIN_SIGNER = {"BACKEND": local, "OPTIONS": {"setting": "NO_SUCH_KEY"}}
    (said,) = found("W006")
    assert "NO_SUCH_KEY" in said


def test_store__kubo_without_a_url__is_a_warning(settings: Any) -> None:
    settings.EVIDENCE_STORE = {"BACKEND": "blockchain.evidence.kubo.kubo_store"}
    (said,) = found("W006")
    assert "IPFS_API_URL must be an http or https URL" in said


class Elsewhere:
    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "other"


def test_database__not_the_default_one__is_an_error(settings: Any, databases: Callable[..., None]) -> None:
    databases(default=sqlite(), other=sqlite(transaction_mode="IMMEDIATE"))
    settings.DATABASE_ROUTERS = [Elsewhere()]
    (said,) = found("E007")
    assert "in the database 'other'. Route them to `default`" in said


@pytest.mark.parametrize("options", [{}, {"transaction_mode": "DEFERRED"}, {"transaction_mode": None}])
def test_sqlite__reads_before_it_locks__is_an_error(options: dict[str, Any], databases: Callable[..., None]) -> None:
    databases(default=sqlite(**options))
    (said,) = found("E008")
    assert '"transaction_mode": "IMMEDIATE"' in said


@pytest.mark.parametrize("level", ["repeatable read", "SERIALIZABLE", None])
def test_mysql__sees_an_old_state__is_an_error(level: str | None, databases: Callable[..., None]) -> None:
    databases(default=mysql(isolation_level=level))
    (said,) = found("E009")
    assert '"isolation_level": "read committed"' in said


@pytest.mark.parametrize(
    "database",
    [
        sqlite(transaction_mode="IMMEDIATE"),
        sqlite(transaction_mode="exclusive"),
        mysql(),
        mysql(isolation_level="READ COMMITTED"),
    ],
)
def test_database__as_it_must_be__is_in_order(database: dict[str, Any], databases: Callable[..., None]) -> None:
    databases(default=database)
    assert settings_check() == []


def test_folder__relative__is_a_warning(settings: Any) -> None:
    settings.EVIDENCE_ROOT = "evidence"
    (said,) = found("W010")
    assert "EVIDENCE_ROOT is relative: evidence. Set it to an absolute path" in said


def test_rest_framework__not_installed__is_an_error(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.apps.apps.is_installed", lambda name: name != "rest_framework")
    (said,) = found("E011")
    assert 'Add "rest_framework" to INSTALLED_APPS' in said


def test_time_zones__off__is_an_error(settings: Any) -> None:
    settings.USE_TZ = False
    (said,) = found("E012")
    assert "Set USE_TZ = True" in said
