"""Objections through kill -9, a recovery, and months of costs; and what health says of them."""

import signal
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from blockchain.costs.months import OBJECTIONS, REVERTED, costs_by_month
from blockchain.health.report import health_report
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.models import Attempt, Complaint, Objection, RelayLease, Transaction
from blockchain.objections import State
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Relay
from tests.chain_fixtures import Chain
from tests.faults.conftest import LONG_AGO, Processes, processes
from tests.objections.conftest import Drain, accepted, call_of, filed, objected, state
from tests.relay.conftest import manual_mining, recorded

__all__ = ["processes"]
OBJECT = Transaction.Kind.OBJECT
POINTS = [
    ("after_sign_before_store", None),
    ("inside_the_store", None),
    ("after_store_before_send", "open"),
    ("after_send_before_save", "open"),
    ("inside_settle", "open"),
    ("between_receipt_and_confirm", "mined"),
    ("inside_confirm", "mined"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("point", "stored"), POINTS, ids=[point for point, _ in POINTS])
def test_run_relay__killed_at_a_point__recorded_once(
    chain: Chain, processes: Processes, drain: Drain, relay: Relay, complaint: Complaint, point: str, stored: str | None
) -> None:
    relay.release()
    objection = accepted(chain, complaint)
    code = processes.run("-m", "tests.faults.runner", "kill", point, "run_relay", "--once")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    found = Transaction.objects.filter(kind=OBJECT).values_list("state", flat=True)
    assert list(found) == ([stored] if stored else [])
    RelayLease.objects.update(expires_at=LONG_AGO)
    Attempt.objects.update(sent_at=F("sent_at") - timedelta(seconds=10))
    assert processes.run("manage.py", "run_relay", "--once") == 0, processes.said(processes.started[-1])
    drain()
    assert [link.data for link in objected(chain, complaint)] == [objection.data]
    assert state(objection) is State.RECORDED
    assert Transaction.objects.filter(kind=OBJECT).count() == 1


def balance(chain: Chain) -> int:
    return int(chain.anvil.rpc("eth_getBalance", chain.relay_account, "latest"), 16)


def test_costs__objections_that_land_revert_and_are_cancelled__are_what_the_balance_lost(
    chain: Chain, relay: Relay, drain: Drain
) -> None:
    before = balance(chain)
    first, second, third = filed(3)
    drain()
    accepted(chain, first)
    recorded(first, EventType.COMMENTED)
    drain()
    accepted(chain, second)
    with manual_mining(chain):
        relay.run_once()
        fees = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12), "gas": hex(300_000)}
        call = {"from": chain.stranger, "to": chain.address, "data": call_of(chain, second)} | fees
        chain.anvil.rpc("eth_sendTransaction", call)
    drain()
    accepted(chain, third)
    with manual_mining(chain):
        relay.run_once()
        Transaction.objects.filter(state="open").update(refusals=5)
        relay.run_once()
    for _ in range(3):
        drain()
    lost = before - balance(chain)
    by_kind = {cost.kind: cost.writes for cost in costs_by_month()}
    assert by_kind == {"CREATED": 3, "COMMENTED": 1, OBJECTIONS: 2, REVERTED: 1, "(cancelled)": 1}
    assert sum(cost.wei for cost in costs_by_month()) == lost
    cache_rebuild(registry=chain.registry)
    assert sum(cost.wei for cost in costs_by_month()) == lost


def test_health__objection_waits_for_too_long__relay_is_red_until_it_lands(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint, settings: Any, tmp_path: Any
) -> None:
    settings.EVIDENCE_ROOT = tmp_path
    (unfiled,) = filed(1, "later")
    accepted(chain, unfiled)
    objection = accepted(chain, complaint)
    long_ago = timedelta(seconds=settings.HEALTH_MAX_PENDING_SECONDS + 1)

    def said() -> list[str]:
        return [each["problem"] for each in health_report()["relay"]["problems"] if "objection" in each["problem"]]

    assert (said(), health_report()["relay"]["objections"]) == ([], 1)
    Objection.objects.update(created_at=F("created_at") - long_ago, error_code="NodeError")
    assert said() == ["1 objections have been waiting for too long: NodeError"]
    drain()
    assert state(objection) is State.RECORDED
    drain()
    assert (said(), health_report()["relay"]["objections"]) == ([], 0)


def test_health__refused_objection_and_those_behind_it__are_no_alarm(
    chain: Chain, complaint: Complaint, settings: Any, tmp_path: Any
) -> None:
    settings.EVIDENCE_ROOT = tmp_path
    first = accepted(chain, complaint)
    accepted(chain, complaint, number=1)
    Objection.objects.filter(pk=first.pk).update(standing=None)
    Objection.objects.update(created_at=F("created_at") - timedelta(days=1))
    assert health_report()["relay"]["objections"] == 0
    assert "objections" not in str(health_report()["relay"]["problems"])
