"""One call of several is answered by a node that is behind: nothing is explained away, and nothing is doubled."""

import random
from collections.abc import Callable

import pytest

from accounts.models import User
from blockchain.models import ChainState, Transaction
from report import services
from report.models import IssueReport
from tests.chain_fixtures import ESCALATION_INTERVAL, Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, everything_confirmed, mine_until_confirmed
from tests.faults.rpc_proxy import RpcProxy
from tests.faults.strangers import Strangers
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
METHODS = [
    "eth_call",
    "eth_estimateGas",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_getBlockByNumber",
    "eth_getLogs",
]
QUICK = ("any",)


@pytest.mark.parametrize(
    "lagging",
    [pytest.param(each, marks=[] if each in QUICK else pytest.mark.faults) for each in [*METHODS, "any"]],
)
def test_run_relay__one_call_of_several_is_stale__every_write_once_and_nothing_is_skipped(
    chain: Chain,
    proxy: RpcProxy,
    processes: Processes,
    recover: Recovery,
    strangers: Strangers,
    file_reports: FileReports,
    staff: User,
    lagging: str,
) -> None:
    chance = random.Random(lagging)
    reports = file_reports(3)
    recover()
    ids = [report.complaint.complaint_id for report in reports]
    # Due, so that each write looks as if an escalation might have come first.
    chain.anvil.warp(max(ChainState.objects.values_list("sla_deadline", flat=True)) + 60)
    processes.start("manage.py", "run_relay", BLOCKCHAIN_NODE_URLS=proxy.url)
    proxy.lag_of = lambda method: chance.choice([0, 0, 1, 2]) if lagging in (method, "any") else 0
    for number in range(4):
        for report in reports:
            services.comment_create(report_id=report.pk, author=staff, text=f"number {number}")
        if number == 1:
            strangers.send(strangers.escalation(*ids[:2]))
        chain.anvil.mine()
        before = proxy.requests
        wait_until(
            lambda before=before: proxy.requests > before + 15 or everything_confirmed(), what="the relay is at work"
        )
        # What is due one level further on.
        chain.anvil.warp(chain.anvil.time() + ESCALATION_INTERVAL)
    proxy.heal()
    mine_until_confirmed(chain)
    processes.end()
    recover()
    assert not Transaction.objects.filter(skipped__gt=0).exists()
    assert_everything_recorded_once(chain)
