"""An alarm is logged when it begins and when it is over, and not in between."""

import logging
from typing import Any

import pytest
from django.core.cache import cache

from blockchain.health.alarms import alarms_log
from blockchain.health.component import Problem, component
from blockchain.models import Alarm

pytestmark = pytest.mark.django_db


def report(*problems: Problem) -> dict[str, Any]:
    return {"relay": component(list(problems)), "chain": component([])}


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Any:
    """The lines of the log since the last call: message, component and problem."""
    caplog.set_level(logging.INFO, logger="blockchain")
    logging.getLogger("blockchain").addHandler(caplog.handler)

    def lines() -> list[tuple[Any, ...]]:
        alarms = [vars(record) for record in caplog.records if record.name == "blockchain.health"]
        found = [(alarm["msg"], alarm["component"], alarm["problem"]) for alarm in alarms]
        caplog.clear()
        return found

    yield lines
    logging.getLogger("blockchain").removeHandler(caplog.handler)


def test_alarms_log__problem_that_lasts__said_once_and_once_when_it_is_over(said: Any) -> None:
    for age in (910, 920, 930):
        alarms_log(report(Problem(f"the newest block is {age} seconds old", "Wait.")))
    assert said() == [("alarm", "relay", "the newest block is 910 seconds old")]
    alarms_log(report())
    alarms_log(report())
    assert said() == [("alarm is over", "relay", "the newest block is 910 seconds old")]
    assert not Alarm.objects.exists()


def test_alarms_log__second_problem__said_beside_the_first(said: Any) -> None:
    first, second = Problem("no relay is running", "Start it."), Problem("2 complaints are frozen", "Recover.")
    alarms_log(report(first))
    alarms_log(report(first, second))
    assert [line[2] for line in said()] == ["no relay is running", "2 complaints are frozen"]
    alarms_log(report(second))
    assert said() == [("alarm is over", "relay", "no relay is running")]


def test_alarms_log__two_keys__two_alarms(said: Any) -> None:
    alarms_log(report(*(Problem(f"the key 0x{digit * 40} has 0.1 ether", "Send.") for digit in "ab")))
    assert len(said()) == 2


def test_health__polled_while_red__each_problem_logged_once(
    client: Any, said: Any, settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1"]
    for _ in range(3):
        cache.clear()
        assert client.get("/api/blockchain/health/").status_code == 503
    lines = said()
    assert lines
    assert len(lines) == len(set(lines))
    # Nor does Django say so each time.
    assert "Service Unavailable" not in capfd.readouterr().err
