"""Health that is green while something is lost, and red though nothing is."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from eth_hash.auto import keccak

from accounts.models import User
from blockchain.protocol.kinds import EventType
from report import services
from report.models import IssueReport
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain
from tests.faults.check import assert_on_chain_once
from tests.faults.conftest import Processes, Recovery, end, everything_confirmed, nothing_mined
from tests.faults.strangers import Strangers
from tests.faults.test_keys import NEW_KEY, NEWER_KEY, address, left_under_way, recovered, roles, rotate
from tests.faults.web import Web
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]


def problems(web: Web, staff: User, name: str) -> list[str]:
    report = web.health(staff)
    return [each["problem"] for each in report[name]["problems"]]


@pytest.mark.faults
def test_health__reconcile_found_filings_that_were_never_read__stays_red_until_they_are(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    file_reports(1)
    recover()
    # A filing by the relay's own key that this database does not know, in logs that a node withheld.
    unknown = "0x" + keccak(b"lost with a backup").hex()
    strangers.send(strangers.entry(unknown, EventType.CREATED, 0, sender=chain.relay_account))
    chain.anvil.mine(100)

    def withheld(request: dict[str, Any], response: Any) -> Any:
        return response | {"result": []} if request["method"] == "eth_getLogs" else response

    with OddNode(chain.anvil.url, each(withheld)) as url:
        assert processes.run("manage.py", "sync_blockchain_events", BLOCKCHAIN_NODE_URLS=url) == 0
    web = Web(processes)
    relay = processes.start("manage.py", "run_relay", "--relay-only")
    wait_until(lambda: web.health(staff)["relay"]["up"], what="the relay runs")
    assert problems(web, staff, "indexer") == []
    assert processes.run("manage.py", "reconcile") == 1
    assert problems(web, staff, "indexer"), "the hourly comparison found it"
    end(relay)
    relay = processes.start("manage.py", "run_relay")
    wait_until(lambda: "writes to" in processes.said(relay), what="at work")
    chain.anvil.mine()
    wait_until(lambda: web.health(staff)["indexer"]["lag_blocks"] == 0, what="it has read the new block")
    assert problems(web, staff, "indexer"), "nobody has read the filing, and health is green"


@pytest.mark.faults
def test_health__after_a_recovery__is_green(
    chain: Chain, processes: Processes, recover: Recovery, strangers: Strangers, file_reports: FileReports, staff: User
) -> None:
    old = address(NEW_KEY)
    roles(strangers, "grantRole", old)
    with nothing_mined(chain):
        left_under_way(processes, file_reports)
        chain.anvil.rpc("anvil_dropAllTransactions")
    rotate(strangers, old, address(NEWER_KEY))
    chain.anvil.mine()
    recovered(processes, NEWER_KEY)
    processes.start("manage.py", "run_relay", BLOCKCHAIN_PRIVATE_KEY=NEWER_KEY)
    wait_until(everything_confirmed, what="everything")
    web = Web(processes)
    wait_until(lambda: web.health(staff)["relay"]["pending"] == 0, what="at rest")
    assert problems(web, staff, "relay") == []


@pytest.mark.faults
def test_health__node_without_receipts_for_a_while__accuses_nobody_of_a_theft(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, staff: User
) -> None:
    def without(request: dict[str, Any], response: Any) -> Any:
        return response | {"result": None} if request["method"] == "eth_getTransactionReceipt" else response

    with OddNode(chain.anvil.url, each(without)) as url:
        relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_NODE_URLS=url)
        reports = file_reports(3)
        for text, blocks in (("We look into it.", 10), ("More.", 8)):
            for report in reports:
                services.comment_create(report_id=report.pk, author=staff, text=text)
            for _ in range(blocks):
                chain.anvil.mine()
                time.sleep(0.5)
            wait_until(everything_confirmed, what="all of it", seconds=40)
        end(relay)
    assert_on_chain_once(chain)
    relay = processes.start("manage.py", "run_relay")
    wait_until(lambda: "writes to" in processes.said(relay), what="at work")
    web = Web(processes)
    wait_until(lambda: web.health(staff)["relay"]["pending"] == 0, what="at rest")
    assert problems(web, staff, "relay") == []
