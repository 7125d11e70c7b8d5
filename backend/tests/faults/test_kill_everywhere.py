"""kill -9 before and after every single request to the node, every statement and every commit of a drain."""

import itertools
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.relay.loop import Relay
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, assert_on_chain_once
from tests.faults.conftest import Recovery

FileReports = Callable[[int], list[IssueReport]]
# More than a drain has.
STEPS = 400


def killed_at(number: int, work: Callable[[], None]) -> bool:
    """Does the work in a process of its own, which kills itself at its step `number`. False if it has fewer steps."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            _count_steps(number)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed"
    return False


def _count_steps(number: int) -> None:
    steps = itertools.count(1)

    def step() -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            step()
            result = function(*args, **kwargs)
            step()
            return result

        return call

    def statement(execute: Callable[..., Any], *args: Any) -> Any:
        step()
        return execute(*args)

    connection.execute_wrappers.append(statement)
    connection._commit = around(connection._commit)  # type: ignore[method-assign]
    setattr(Node, "_send", around(Node._send))  # noqa: B010  a method of the same kind


@pytest.mark.faults
def test_run__killed_at_every_step_in_turn__every_write_once(
    chain: Chain, recover: Recovery, file_reports: FileReports, staff: User
) -> None:
    (report,) = file_reports(1)
    recover()

    def drain() -> None:
        # Connections of its own.
        registry = Registry(deployed=chain.registry.deployment, on=Node(url=chain.anvil.url))
        relay = Relay(registry=registry, signer=signer())
        relay.run_until_idle()
        events_sync(registry=registry)
        relay.release()

    for number in range(1, STEPS):
        services.comment_create(report_id=report.pk, author=staff, text=f"step {number}")
        services.report_update(report_id=report.pk, by=staff, priority=["low", "high"][number % 2])
        recover.relay.release()
        killed = killed_at(number, drain)
        recover()
        assert_on_chain_once(chain)
        if not killed:
            break
    else:
        pytest.fail(f"a drain has more than {STEPS} steps")
    assert number > 30
    assert_everything_recorded_once(chain)
