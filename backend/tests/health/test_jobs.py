"""A job that did not run is red after its time, whatever stopped it."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from blockchain import tasks
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.health.jobs import JOBS, job_problems
from blockchain.indexer.sync import events_sync
from blockchain.jobs import (
    EVENT_SYNC,
    LEAST_ALLOWED,
    PERIODIC,
    RECONCILE,
    SLA_CHECK,
    JobIncomplete,
    allowed_seconds,
    is_due,
    job,
    job_succeeded,
)
from blockchain.management.commands import run_relay
from blockchain.management.commands.run_relay import Rounds
from blockchain.models import Job
from blockchain.relay.loop import Outcome, relay_new
from tests.chain_fixtures import Chain
from tests.indexer.test_sync import behind

pytestmark = pytest.mark.django_db


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_jobs__of_all_kinds__have_a_text() -> None:
    assert JOBS.keys() == PERIODIC.keys()


@pytest.mark.parametrize("name", PERIODIC)
def test_job_problems__by_the_time_of_the_last_success__names_error_and_remedy(name: str) -> None:
    job_succeeded(name)
    assert job_problems(name) == []
    Job.objects.filter(name=name).update(succeeded_at=ago(allowed_seconds(name) - 5))
    assert job_problems(name) == []
    with pytest.raises(ChainUnavailable), job(name):
        raise ChainUnavailable("the node does not answer")
    assert job_problems(name) == []
    Job.objects.filter(name=name).update(succeeded_at=ago(allowed_seconds(name) + 5))
    (problem,) = job_problems(name)
    assert "the node does not answer" in problem.problem
    assert "manage.py" in problem.remedy
    job_succeeded(name)
    assert job_problems(name) == []
    assert Job.objects.get(name=name).error == ""


def test_job_problems__never_succeeded__is_red_after_its_time() -> None:
    job_succeeded(EVENT_SYNC)
    assert job_problems(SLA_CHECK) == []
    Job.objects.update(since=ago(allowed_seconds(SLA_CHECK) + 1))
    assert "no deadlines were checked" in job_problems(SLA_CHECK)[0].problem


def test_job_problems__clock_set_back__is_red() -> None:
    job_succeeded(SLA_CHECK)
    Job.objects.update(succeeded_at=ago(-1_000_000))
    assert job_problems(SLA_CHECK)


def test_job__short_interval__is_not_red_at_once(settings: Any) -> None:
    settings.SLA_CHECK_INTERVAL = 0.2
    assert allowed_seconds(SLA_CHECK) == LEAST_ALLOWED


def test_job__incomplete__is_recorded_and_no_success() -> None:
    with job(RECONCILE):
        raise JobIncomplete("3 of 4 were not compared")
    row = Job.objects.get(name=RECONCILE)
    assert (row.succeeded_at, row.error) == (None, "3 of 4 were not compared")


def test_job__error_of_another_kind__keeps_its_text_to_itself() -> None:
    with pytest.raises(RuntimeError), job(RECONCILE):
        raise RuntimeError("secret")
    assert Job.objects.get(name=RECONCILE).error == "RuntimeError"


def test_job__database_down__raises_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(Job.objects, "filter", down)
    with pytest.raises(OperationalError, match="locked"), job(RECONCILE):
        raise OperationalError("locked")


def test_is_due__after_an_interval__since_the_last_success_or_the_beginning(settings: Any) -> None:
    assert not is_due(RECONCILE)
    Job.objects.update(since=ago(settings.BLOCKCHAIN_RECONCILE_INTERVAL + 1))
    assert is_due(RECONCILE)
    job_succeeded(RECONCILE)
    assert not is_due(RECONCILE)


def refusing(method: str) -> Callable[[str, list[Any], Any], Any]:
    def answer(asked: str, params: list[Any], real: Any) -> Any:
        return NodeError(code=-32601, message=f"{method} is not supported") if asked == method else real

    return answer


def test_rounds__logs_refused__other_jobs_run_and_it_is_said(chain: Chain, settings: Any) -> None:
    """As with nodes that refuse `eth_getLogs` alone: neither check nor comparison may stop in silence."""
    events_sync(registry=chain.registry)
    Job.objects.update(since=ago(1_000_000), succeeded_at=None)
    chain.anvil.mine()
    relay = relay_new()
    relay.registry = behind(chain, refusing("eth_getLogs"))
    assert Rounds(relay, relay_only=False).step() > 0
    rows = {row.name: row for row in Job.objects.all()}
    assert rows[SLA_CHECK].succeeded_at is not None
    assert "eth_getLogs is not supported" in rows[EVENT_SYNC].error
    # It needs the events first, and says so.
    assert "eth_getLogs is not supported" in rows[RECONCILE].error
    assert len(job_problems(*PERIODIC)) == 2


def test_rounds__restarted_every_hour__reconciles(chain: Chain, settings: Any) -> None:
    events_sync(registry=chain.registry)
    Job.objects.filter(name=RECONCILE).update(since=ago(3_601))
    Rounds(relay_new(), relay_only=False).step()
    assert Job.objects.get(name=RECONCILE).succeeded_at is not None


def test_rounds__failed_check__is_tried_again_before_its_next_turn(
    chain: Chain, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BLOCKCHAIN_SYNC_INTERVAL, settings.SLA_CHECK_INTERVAL = 0.001, 900.0
    outcomes: list[Exception | None] = [ChainUnavailable("no"), None, None]

    def sla_check(**_: Any) -> list[Any]:
        if (error := outcomes.pop(0)) is not None:
            raise error
        return []

    monkeypatch.setattr(run_relay, "sla_check", sla_check)
    rounds = Rounds(relay_new(), relay_only=False)
    for _ in range(20):
        rounds.next_sync = 0
        rounds.step()
    assert len(outcomes) == 1


@pytest.mark.parametrize("outcome", [Outcome.STANDBY, Outcome.UNAVAILABLE])
def test_sla_check_task__found_and_not_sent__is_no_success(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    class Found:
        complaint_id = "0x" + "00" * 32

    monkeypatch.setattr(tasks, "sla_check", lambda **_: [Found()])
    monkeypatch.setattr(tasks, "LEASE_WAIT", 0)
    monkeypatch.setattr(tasks, "_run", lambda _: outcome)
    assert tasks.sla_check_task() == 1
    row = Job.objects.get(name=SLA_CHECK)
    assert row.succeeded_at is None
    assert outcome.value in row.error


def test_check_sla_command__dry_run__is_no_check(chain: Chain) -> None:
    call_command("check_sla", "--dry-run", stdout=StringIO())
    assert not Job.objects.filter(name=SLA_CHECK).exclude(succeeded_at=None).exists()
    call_command("check_sla", stdout=StringIO())
    assert Job.objects.get(name=SLA_CHECK).succeeded_at is not None
