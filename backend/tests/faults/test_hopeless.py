"""What can never be mined, although it pays as much as it may."""

from collections.abc import Callable

import pytest

from blockchain.models import Attempt, RelayLease, Transaction
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, end, mine_until_confirmed, nothing_mined, writes_sent
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


@pytest.mark.faults
def test_run_relay__hopeless_at_the_fee_cap__is_cancelled_all_the_same(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    gwei = 10**9
    with nothing_mined(chain):
        chain.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(15 * gwei))
        chain.anvil.mine()
        relay = processes.start("manage.py", "run_relay", BLOCKCHAIN_MAX_FEE_GWEI="20")
        file_reports(10)
        wait_until(lambda: writes_sent() == 10, what="in flight")
        end(relay)
        chain.anvil.rpc("anvil_dropAllTransactions")
        # Blocks become smaller than the transaction.
        chain.anvil.rpc("evm_setBlockGasLimit", hex(200_000))
        chain.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(2 * gwei))
        chain.anvil.mine()
        processes.start("manage.py", "run_relay", BLOCKCHAIN_MAX_FEE_GWEI="20")
        wait_until(lambda: Transaction.objects.get(nonce=0).refusals >= 5, what="refused", seconds=60)
        try:
            wait_until(lambda: Attempt.objects.filter(cancels=True).exists(), what="it is cancelled", seconds=10)
        except TimeoutError:
            pytest.fail(RelayLease.objects.get().blocked_reason)
    mine_until_confirmed(chain)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)
