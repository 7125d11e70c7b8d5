"""A node whose answers have the right shape and impossible values: it is a sick node, never the end of a process."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from blockchain.models import ChainState
from report import services
from report.models import IssueReport
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, everything_confirmed
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
HUGE = "0x" + "f" * 64
LONG = hex(2**63)


def field(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda result: result if not isinstance(result, dict) else result | {name: value}


def log_time(log: dict[str, Any]) -> dict[str, Any]:
    data = log["data"]
    return log | {"data": data[:66] + f"{2**40 - 1:064x}" + data[130:]}


CASES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "receipt gasUsed": ("eth_getTransactionReceipt", field("gasUsed", HUGE)),
    "receipt gasUsed 2^63": ("eth_getTransactionReceipt", field("gasUsed", LONG)),
    "receipt price": ("eth_getTransactionReceipt", field("effectiveGasPrice", HUGE)),
    "receipt price text": ("eth_getTransactionReceipt", field("effectiveGasPrice", "many")),
    "receipt block": ("eth_getTransactionReceipt", field("blockNumber", HUGE)),
    "receipt log time": (
        "eth_getTransactionReceipt",
        lambda result: result and result | {"logs": [log_time(log) for log in result["logs"]]},
    ),
    "log time": ("eth_getLogs", lambda result: [log_time(log) for log in result]),
    "nonce": ("eth_getTransactionCount", lambda result: HUGE),
    "base fee": ("eth_getBlockByNumber", field("baseFeePerGas", "many")),
    "base fee huge": ("eth_getBlockByNumber", field("baseFeePerGas", HUGE)),
    "head number": ("eth_getBlockByNumber", field("number", HUGE)),
    "head time": ("eth_getBlockByNumber", field("timestamp", HUGE)),
    "gas limit": ("eth_getBlockByNumber", field("gasLimit", HUGE)),
    "estimate": ("eth_estimateGas", lambda result: HUGE),
    "estimate nothing": ("eth_estimateGas", lambda result: "0x0"),
    "call": ("eth_call", lambda result: "0x01"),
    "call word": ("eth_call", lambda result: "0x" + "ff" * 32),
    "call empty list": ("eth_call", lambda result: f"0x{32:064x}{0:064x}"),
}


@pytest.mark.faults
@pytest.mark.parametrize("case", CASES)
def test_run_relay__impossible_values_for_a_while__goes_on(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports, staff: User, case: str
) -> None:
    method, mutate = CASES[case]
    old = file_reports(2)
    recover()
    # Overdue, so that the SLA check asks.
    chain.anvil.warp(max(ChainState.objects.values_list("sla_deadline", flat=True)) + 60)
    odd = threading.Event()
    hits = [0]

    def altered(request: dict[str, Any], response: Any) -> Any:
        if odd.is_set() and request["method"] == method and "result" in response:
            hits[0] += 1
            return response | {"result": mutate(response["result"])}
        return response

    with OddNode(chain.anvil.url, each(altered)) as url:
        relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_NODE_URLS=url, SLA_CHECK_INTERVAL="0.2")
        wait_until(lambda: "writes to" in processes.said(relay), what="at work")
        odd.set()
        services.comment_create(report_id=old[0].pk, author=staff, text="We look into it.")
        file_reports(1)
        wait_until(lambda: hits[0] > 1 or relay.poll() is not None, what="it was asked", seconds=20)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: relay.poll() is not None, what="it ends", seconds=2)
        odd.clear()
        said = processes.said(relay)
        assert relay.poll() is None, said[-1500:]
        wait_until(everything_confirmed, what="everything", seconds=30)
        assert relay.poll() is None
    processes.end()
    recover()
    assert_everything_recorded_once(chain)
