"""Lines of the journal: the message with its facts, one line for each record."""

import logging
import logging.config
from io import StringIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.log import log_response
from hypothesis import given
from hypothesis import strategies as st

from report_hub.log_lines import LineFormatter

FORMATTER = LineFormatter("%(levelname)s %(name)s %(message)s")


def line(message: str, **facts: Any) -> str:
    record = logging.makeLogRecord({"msg": message, "name": "blockchain.relay", "levelname": "ERROR", **facts})
    return FORMATTER.format(record)


def test_line__facts__follow_the_message() -> None:
    said = line("relay blocked", error="the key lacks INTAKE_ROLE", block=7, nonces=[1, 2], signer="0xab")
    expected = 'relay blocked error="the key lacks INTAKE_ROLE" block=7 nonces=[1, 2] signer=0xab'
    assert said == f"ERROR blockchain.relay {expected}"


def test_line__no_facts__as_ever() -> None:
    assert line("relay started") == "ERROR blockchain.relay relay started"


@given(st.text(), st.text())
def test_line__any_text__stays_one_line(message: str, fact: str) -> None:
    assert "\n" not in line(message, error=fact)
    assert "\r" not in line(message, error=fact)


def test_console__as_configured__shows_the_facts(settings: Any) -> None:
    assert settings.LOGGING["formatters"]["line"]["()"] == "report_hub.log_lines.LineFormatter"
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "line"


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the console shows."""
    said = StringIO()
    handler = logging.getLogger("report").handlers[0]
    monkeypatch.setattr(handler, "stream", said)
    # pytest has handlers of its own, and Django's go to the root.
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    return said


@pytest.mark.parametrize("host", ["elsewhere.example", "a b", "x" * 300])
def test_console__wrong_host__one_line_that_is_no_alarm(client: Client, console: StringIO, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400
    (shown,) = console.getvalue().splitlines()
    assert " WARNING django.security.DisallowedHost " in shown


def test_console__form_that_is_refused__one_line(db: None, client: Client, console: StringIO) -> None:
    assert client.post("/admin/login/", {f"a{n}": "" for n in range(1_001)}).status_code == 400
    (shown,) = console.getvalue().splitlines()
    assert " WARNING django.security.TooManyFieldsSent " in shown


def test_console__error_of_ours__has_its_traceback(console: StringIO) -> None:
    for status, is_shown in ((500, True), (503, False)):
        console.truncate(0)
        log_response("Failed", response=HttpResponse(status=status), exception=ValueError("x"))
        assert ("ValueError: x" in console.getvalue()) == is_shown
