"""Reorgs: of any depth, with the transactions gone, back, or elsewhere; also while a backfill is under way."""

import logging
from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from blockchain.chain.errors import ChainUnavailable
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, ChainState, Transaction, Write
from blockchain.protocol.kinds import EventType
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, history
from tests.faults.conftest import Recovery

FileReports = Callable[[int], list[IssueReport]]
State = Write.State


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


@pytest.fixture
def alarms() -> Iterator[list[str]]:
    """What is logged as an error meanwhile."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    ear = Ear(logging.ERROR)
    logging.getLogger("blockchain").addHandler(ear)
    yield said
    logging.getLogger("blockchain").removeHandler(ear)


def write_blocks(number: int, recover: Recovery, file_reports: FileReports) -> list[Attempt]:
    """So many blocks, with one transaction in each; they are read as far as they are final."""
    for _ in range(number):
        file_reports(1)
        recover.drain()
        events_sync(registry=recover.chain.registry)
    return list(Attempt.objects.order_by("transaction__nonce"))


def reorg(chain: Chain, depth: int, attempts: list[Attempt], way: str) -> None:
    """Replaces the newest `depth` blocks, of which each has one of `attempts`."""
    ways = {
        "gone": [],
        "back": [[attempt.raw, place] for place, attempt in enumerate(attempts)],
        "late": [[attempt.raw, depth - 1] for attempt in attempts],
        "half": [[attempt.raw, place] for place, attempt in enumerate(attempts[: (depth + 1) // 2])],
    }
    # Somebody else's, so that no block is the same as before.
    stranger = [{"from": chain.stranger, "to": chain.relay_account, "value": "0x1"}, 0]
    chain.anvil.rpc("anvil_reorg", depth, [stranger, *ways[way]])


def finalise(chain: Chain, recover: Recovery, confirmations: int) -> None:
    """Recovers, and buries what lands; what was held back until then lands in a second round."""
    for _ in range(3):
        recover()
        chain.anvil.mine(confirmations)
    recover()


WAYS = ["gone", "back", "late", "half"]
DEPTHS = [1, 2, *(pytest.param(depth, marks=pytest.mark.faults) for depth in range(3, 11))]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_run__reorg_within_the_confirmations__lands_once(
    chain: Chain,
    recover: Recovery,
    file_reports: FileReports,
    settings: object,
    alarms: list[str],
    depth: int,
    way: str,
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 12
    attempts = write_blocks(depth, recover, file_reports)
    assert {write.state for write in Write.objects.all()} == {State.MINED}
    reorg(chain, depth, attempts, way)
    finalise(chain, recover, 12)
    assert Transaction.objects.count() == depth
    assert alarms == []
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_run__reorg_deeper_than_the_confirmations__alarm_and_repair(
    chain: Chain, recover: Recovery, file_reports: FileReports, alarms: list[str], depth: int, way: str
) -> None:
    attempts = write_blocks(depth, recover, file_reports)
    assert {write.state for write in Write.objects.all()} == {State.CONFIRMED}
    reorg(chain, depth, attempts, way)
    finalise(chain, recover, 1)
    assert "reorg deeper than the confirmations" in alarms
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("way", WAYS)
def test_events_sync__reorg_during_a_backfill__reads_one_history(
    chain: Chain, recover: Recovery, file_reports: FileReports, settings: object, way: str
) -> None:
    blocks = 6
    for _ in range(blocks):
        file_reports(1)
        recover.drain()
    settings.BLOCKCHAIN_SCAN_RANGE = 1
    attempts = list(Attempt.objects.order_by("transaction__nonce"))
    head = int(chain.anvil.head()["number"], 16)
    reorged = False

    def progress(done: int, total: int) -> None:
        nonlocal reorged
        if not reorged and done >= total - blocks // 2:
            reorged = True
            reorg(chain, blocks, attempts, way)

    # What was read is of the old history, what comes is of the new one.
    with pytest.raises(ChainUnavailable, match="does not follow the one before it"):
        events_sync(registry=chain.registry, progress=progress)
    assert int(chain.anvil.head()["number"], 16) == head
    finalise(chain, recover, 1)
    assert_everything_recorded_once(chain)


@pytest.mark.parametrize("confirmations", [0, 12])
def test_run__reorg_puts_a_strangers_escalation_in_front__resolved_after_it(
    chain: Chain, recover: Recovery, file_reports: FileReports, staff: User, settings: object, confirmations: int
) -> None:
    (report,) = file_reports(1)
    recover()
    complaint_id = report.complaint.complaint_id
    deadline = ChainState.objects.get(complaint_id=complaint_id).sla_deadline
    settings.BLOCKCHAIN_CONFIRMATIONS = confirmations
    chain.anvil.warp(deadline - 30)
    services.report_update(report_id=report.pk, by=staff, status="resolved")
    recover.drain()
    assert history(chain).kinds(complaint_id) == [EventType.CREATED, EventType.RESOLVED]
    data = "0x" + chain.registry.encode("checkAndEscalate", bytes.fromhex(complaint_id[2:])).hex()
    stranger = {"from": chain.stranger, "to": chain.address, "data": data, "gas": hex(200_000)}
    # In the new history the deadline passes before the resolution is mined.
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        chain.anvil.rpc("anvil_reorg", 1, [])
        chain.anvil.rpc("evm_setNextBlockTimestamp", deadline + 10)
        chain.anvil.rpc("eth_sendTransaction", stranger)
        chain.anvil.mine()
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
    finalise(chain, recover, confirmations or 1)
    read = assert_everything_recorded_once(chain)
    assert read.kinds(complaint_id) == [EventType.CREATED, EventType.ESCALATED, EventType.RESOLVED]
