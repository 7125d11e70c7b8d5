"""Transactions that don't get mined: too cheap, forgotten, overtaken, or given up too early."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from django.db.models import F

from accounts.models import User
from blockchain.models import Attempt, RelayLease, Transaction, Write
from blockchain.relay.loop import Outcome
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Recovery, nothing_mined

FileReports = Callable[[int], list[IssueReport]]
State = Write.State
GWEI = 10**9


def base_fee(chain: Chain, gwei: int) -> None:
    """Mines a block with this base fee."""
    chain.anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))
    chain.anvil.mine()


def minutes_pass() -> None:
    """For what is under way."""
    Attempt.objects.update(
        created_at=F("created_at") - timedelta(minutes=5), sent_at=F("sent_at") - timedelta(minutes=5)
    )


def test_run__base_fee_above_the_cap__waits_says_so_and_goes_on(
    chain: Chain, recover: Recovery, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_MAX_FEE_GWEI = 10
    base_fee(chain, 50)
    file_reports(2)
    assert recover.relay.run_once() is Outcome.BLOCKED
    assert "more than BLOCKCHAIN_MAX_FEE_GWEI" in RelayLease.objects.get().blocked_reason
    assert not Attempt.objects.exists()
    base_fee(chain, 2)
    recover()
    assert RelayLease.objects.get().blocked_reason == ""
    assert Attempt.objects.get().max_fee_per_gas <= 10 * GWEI
    assert_everything_recorded_once(chain)


def test_run__base_fee_jumps_above_a_sent_transaction_then_falls__same_nonce_lands(
    chain: Chain, recover: Recovery, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_MAX_FEE_GWEI = 10
    with nothing_mined(chain):
        base_fee(chain, 2)
        file_reports(2)
        recover.relay.run_once()
        base_fee(chain, 50)
        minutes_pass()
        assert recover.relay.run_once() is Outcome.BLOCKED
        assert {write.state for write in Write.objects.all()} == {State.SENT}
        base_fee(chain, 3)
        minutes_pass()
        assert recover.relay.run_once() in (Outcome.WAITING, Outcome.BLOCKED)
    chain.anvil.mine()
    recover()
    assert Transaction.objects.count() == 1
    assert_everything_recorded_once(chain)


def test_run__nothing_mined_for_long__fees_rise_to_the_cap_and_one_lands(
    chain: Chain, recover: Recovery, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_MAX_FEE_GWEI = 10
    with nothing_mined(chain):
        file_reports(2)
        outcomes = []
        for _ in range(40):
            outcomes.append(recover.relay.run_once())
            minutes_pass()
        assert outcomes[-1] is Outcome.BLOCKED
        assert "its fees are at BLOCKCHAIN_MAX_FEE_GWEI" in RelayLease.objects.get().blocked_reason
        fees = list(Attempt.objects.order_by("attempt_number").values_list("max_fee_per_gas", flat=True))
        assert len(fees) > 2
        assert all(later * 10 >= earlier * 11 for earlier, later in pairwise(fees))
        assert fees[-1] <= 10 * GWEI
    chain.anvil.mine()
    recover()
    assert Transaction.objects.get().state == "confirmed"
    assert Attempt.objects.filter(succeeded=True).count() == 1
    assert_everything_recorded_once(chain)


def test_run__more_is_filed_while_it_is_stuck__all_in_order(
    chain: Chain, recover: Recovery, file_reports: FileReports, staff: User
) -> None:
    with nothing_mined(chain):
        (report,) = file_reports(1)
        recover.relay.run_once()
        services.comment_create(report_id=report.pk, author=staff, text="We look into it.")
        minutes_pass()
        recover.relay.run_once()
        services.report_update(report_id=report.pk, by=staff, status="in_progress")
        recover.relay.run_once()
    chain.anvil.mine()
    recover()
    assert_everything_recorded_once(chain)


def test_run__dropped_from_the_pool__same_bytes_again(
    chain: Chain, recover: Recovery, file_reports: FileReports
) -> None:
    with nothing_mined(chain):
        file_reports(2)
        recover.relay.run_once()
        sent = Attempt.objects.get()
        chain.anvil.rpc("anvil_dropTransaction", sent.tx_hash)
        assert chain.anvil.rpc("eth_getTransactionByHash", sent.tx_hash) is None
        Attempt.objects.update(sent_at=F("sent_at") - timedelta(seconds=10))
        recover.relay.run_once()
        assert chain.anvil.rpc("eth_getTransactionByHash", sent.tx_hash) is not None
    chain.anvil.mine()
    recover()
    assert Attempt.objects.get().tx_hash == sent.tx_hash
    assert_everything_recorded_once(chain)


def test_run__nonce_used_by_another_then_a_reorg_brings_ours_back__lands_once(
    chain: Chain, recover: Recovery, file_reports: FileReports, staff: User
) -> None:
    (report,) = file_reports(1)
    recover()
    for text in ("one", "two"):
        services.comment_create(report_id=report.pk, author=staff, text=text)
    services.report_update(report_id=report.pk, by=staff, assigned_to=staff)
    with nothing_mined(chain):
        recover.relay.run_once()
        ours = Transaction.objects.order_by("nonce").last()
        attempt = ours.attempts.get()
        chain.anvil.rpc("anvil_dropTransaction", attempt.tx_hash)
        same_key = {"from": chain.relay_account, "to": chain.stranger, "value": "0x1", "nonce": hex(ours.nonce)}
        chain.anvil.rpc("eth_sendTransaction", same_key)
        chain.anvil.mine()
    recover.drain()
    ours.refresh_from_db()
    assert ours.state == "replaced"
    assert Transaction.objects.order_by("nonce").last().nonce == ours.nonce + 1
    depth = int(chain.anvil.head()["number"], 16) - Attempt.objects.order_by("transaction__nonce")[0].block_number
    # The transaction that was given up is mined after all; what replaced its writes must not be.
    chain.anvil.rpc("anvil_reorg", depth, [[attempt.raw, 0]])
    recover()
    chain.anvil.mine()
    recover()
    assert_everything_recorded_once(chain)
