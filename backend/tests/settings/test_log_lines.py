"""Lines of the journal: the message with its facts, one line for each record."""

import logging
import logging.config
from typing import Any

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
