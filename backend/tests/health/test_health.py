"""Each thing that is wrong turns its component red, and says what to do."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from blockchain import recording
from blockchain.chain.signers import intake_signer
from blockchain.health.report import health_report
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, Complaint, RelayLease, ScanCursor, Transaction, Write
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY, Chain
from tests.fixtures.contents import CHANGES

State = Write.State
ETHER = 10**18


@pytest.fixture
def complaint(db: None) -> Complaint:
    with transaction.atomic():
        filed, _ = recording.complaint_open(source="test", external_id="T1", changes=CHANGES, by="anne")
    Write.objects.update(state=State.CONFIRMED)
    return filed


@pytest.fixture
def healthy(chain: Chain, complaint: Complaint, settings: Any, tmp_path: Any) -> Chain:
    """A chain that was read, and a relay that runs."""
    settings.EVIDENCE_ROOT = tmp_path
    settings.BLOCKCHAIN_PRIVATE_KEY = RELAY_KEY
    now = timezone.now()
    RelayLease.objects.create(
        signer=chain.relay_account, holder="one", expires_at=now + timedelta(seconds=60), last_run_at=now
    )
    events_sync(registry=chain.registry)
    return chain


def problems(part: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = health_report()[part]["problems"]
    return found


def test_health_report__all_well__every_part_is_up(healthy: Chain) -> None:
    report = health_report()
    assert {part: state["problems"] for part, state in report.items()} == {part: [] for part in report}
    assert all(state["up"] for state in report.values())
    relay = report["relay"]
    assert (relay["signer"], relay["running"], relay["failed"]) == (healthy.relay_account, True, 0)
    assert relay["balance_ether"] > 1
    assert report["indexer"]["lag_blocks"] == 0


def failed() -> None:
    Write.objects.update(state=State.FAILED, error_code="SkippedInARow")


def reserved() -> None:
    Write.objects.update(state=State.RESERVED, reserved_until=timezone.now() - timedelta(hours=1))


def waiting() -> None:
    Write.objects.update(state=State.PENDING, created_at=timezone.now() - timedelta(hours=1))


def clock_set_back() -> None:
    Write.objects.update(state=State.PENDING, created_at=timezone.now() + timedelta(days=1))


def frozen() -> None:
    Complaint.objects.update(frozen_reason="a link that this system did not record")


def stopped() -> None:
    RelayLease.objects.update(stopped_reason="a link by this key that this system did not record")


def blocked() -> None:
    RelayLease.objects.update(blocked_reason="no role")


def blocked_with_a_remedy() -> None:
    RelayLease.objects.update(blocked_reason="60 gwei", blocked_remedy="set it to at least 60")


def not_running() -> None:
    RelayLease.objects.update(last_run_at=timezone.now() - timedelta(hours=1))


def ran_in_the_future() -> None:
    RelayLease.objects.update(last_run_at=timezone.now() + timedelta(hours=1))


def never_ran() -> None:
    RelayLease.objects.all().delete()


def much_is_pending() -> None:
    for nonce in range(2):
        each = Transaction.objects.create(signer=RelayLease.objects.get().signer, nonce=nonce, kind="record", data="0x")
        for number, fee in enumerate((1, 10**15)):
            Attempt.objects.create(
                transaction=each,
                attempt_number=number,
                tx_hash=f"0x{nonce}{number}",
                raw="0x",
                gas_limit=6_000_000,
                max_fee_per_gas=fee,
                max_priority_fee_per_gas=1,
            )


RELAY: dict[Callable[[], None], tuple[str, str]] = {
    failed: ("1 writes failed and hold back their complaints: SkippedInARow 1", "write_retry"),
    reserved: ("an entry expired before its officer signed it", "run_relay"),
    waiting: ("waiting for too long", "clock"),
    clock_set_back: ("waiting for too long", "clock"),
    frozen: ("1 complaints are frozen", "manage.py recover"),
    stopped: ("is stopped: a link by this key", "manage.py recover"),
    blocked: ("the relay can't write: no role", "resumes by itself"),
    blocked_with_a_remedy: ("the relay can't write: 60 gwei", "set it to at least 60"),
    not_running: (
        "no relay is running, or the one that is running has been waiting",
        "If it is running, see in its log",
    ),
    ran_in_the_future: ("no relay is running", "run_relay"),
    never_ran: ("no relay has run yet", "run_relay"),
    much_is_pending: ("needs 12000.000000", "Send ether"),
}


@pytest.mark.parametrize("break_it", RELAY, ids=[each.__name__ for each in RELAY])
def test_health_report__relay_in_trouble__is_red_with_a_remedy(healthy: Chain, break_it: Callable[[], None]) -> None:
    break_it()
    report = health_report()
    assert [part for part, state in report.items() if not state["up"]] == ["relay"]
    (found,) = report["relay"]["problems"]
    what, remedy = RELAY[break_it]
    assert what in found["problem"]
    assert remedy in found["remedy"]


def test_health_report__reservation_that_stands__is_no_problem(healthy: Chain) -> None:
    Write.objects.update(state=State.RESERVED, reserved_until=timezone.now() + timedelta(minutes=10))
    relay = health_report()["relay"]
    assert (relay["up"], relay["reserved"]) == (True, 1)


def test_health_report__old_key_with_a_later_lease__the_relay_that_runs_counts(healthy: Chain) -> None:
    """A clock that was set back leaves such a lease."""
    later = timezone.now() + timedelta(days=1)
    RelayLease.objects.create(signer=healthy.stranger, holder="old", expires_at=later, last_run_at=later)
    relay = health_report()["relay"]
    assert (relay["up"], relay["signer"]) == (True, healthy.relay_account)


def test_health_report__little_ether__says_how_much_is_wanted(healthy: Chain) -> None:
    healthy.anvil.rpc("anvil_setBalance", healthy.relay_account, hex(ETHER // 100))
    relay = health_report()["relay"]
    assert relay["balance_low"]
    assert "0.010000 ether, but needs 0.050000" in relay["problems"][0]["problem"]


def test_health_report__node_down__says_so_and_asks_nothing_else(healthy: Chain, settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:9"]
    report = health_report()
    assert [part for part, state in report.items() if not state["up"]] == ["chain", "contract", "indexer"]
    assert "BLOCKCHAIN_NODE_URLS" in report["chain"]["problems"][0]["remedy"]
    assert report["relay"]["balance_ether"] is None


def test_health_report__lagging__says_how_far(healthy: Chain, settings: Any) -> None:
    healthy.anvil.mine(settings.HEALTH_MAX_INDEXER_LAG + 1)
    assert problems("indexer")[0]["problem"] == "151 final blocks have not been read yet"


@pytest.mark.parametrize(
    ("columns", "what", "remedy"),
    [
        ({"differing": 2}, "2 complaints differ from the contract", "manage.py reconcile"),
        ({"uncompared": 3}, "3 complaints could not be compared", "manage.py reconcile"),
        ({"reconcile_uncompared": 3}, "3 complaints could not be compared", "manage.py reconcile"),
    ],
)
def test_health_report__not_known_to_agree__is_red(
    healthy: Chain, columns: dict[str, int], what: str, remedy: str
) -> None:
    ScanCursor.objects.update(**columns)
    (found,) = problems("indexer")
    assert what in found["problem"]
    assert remedy in found["remedy"]


def test_health_report__nothing_read__is_red(healthy: Chain) -> None:
    ScanCursor.objects.all().delete()
    assert problems("indexer")[0]["problem"] == "nothing has been read yet"


def test_health_report__chain_stands_still__is_red(healthy: Chain, settings: Any) -> None:
    settings.HEALTH_MAX_HEAD_AGE_SECONDS = 2
    healthy.anvil.rpc("evm_setTime", int(time.time()))
    healthy.anvil.mine()
    assert problems("chain") == []
    time.sleep(3.1)
    (found,) = problems("chain")
    assert "seconds old: the chain or the node has stopped" in found["problem"]
    assert "another node" in found["remedy"]


def test_health_report__blocks_do_not_become_final__is_red(healthy: Chain, settings: Any) -> None:
    settings.HEALTH_MAX_HEAD_AGE_SECONDS, settings.BLOCKCHAIN_CONFIRMATIONS = 600, 3
    healthy.anvil.rpc("evm_increaseTime", 3000)
    healthy.anvil.mine(2)
    assert problems("chain") == []
    healthy.anvil.rpc("evm_increaseTime", 1000)
    healthy.anvil.mine()
    (found,) = problems("chain")
    assert "older than the newest: the chain does not finalise its blocks" in found["problem"]


def test_health_report__account_nonce_used_by_somebody_else__is_red_for_a_day(healthy: Chain) -> None:
    key = RelayLease.objects.get().signer
    each = Transaction.objects.create(signer=key, nonce=0, kind="record", data="0x", state=Transaction.State.REPLACED)
    Attempt.objects.create(
        transaction=each,
        tx_hash="0x1",
        raw="0x",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
        sent_at=timezone.now(),
    )
    (found,) = problems("relay")
    assert f"used an account nonce of the key {key}" in found["problem"]
    assert "rotate it" in found["remedy"]
    Attempt.objects.update(sent_at=timezone.now() - timedelta(hours=25))
    assert problems("relay") == []


@pytest.mark.parametrize("by_intake_key", [True, False])
def test_health_report__unknown_filing__is_noted_if_a_key_of_ours_wrote_it(
    healthy: Chain, settings: Any, by_intake_key: bool
) -> None:
    settings.BLOCKCHAIN_INTAKE_KEY = INTAKE_KEY
    intake = intake_signer()
    assert intake is not None
    assert intake.address == healthy.intake_account
    if by_intake_key:
        healthy.write("logComplaintEvent", b"\7" * 32, EventType.CREATED, bytes(32), 0, sender=healthy.intake_account)
    else:
        role = healthy.registry.call("INTAKE_ROLE")[0]
        healthy.write("grantRole", role, healthy.stranger, sender=healthy.admin)
        healthy.write("logComplaintEvent", b"\7" * 32, EventType.CREATED, bytes(32), 0, sender=healthy.stranger)
    events_sync(registry=healthy.registry)
    indexer = health_report()["indexer"]
    assert indexer["up"]
    if by_intake_key:
        (note,) = indexer["notes"]
        assert "1 filings by this system's keys" in note["problem"]
        assert "recover --receipt FILE" in note["remedy"]
    else:
        assert "notes" not in indexer


@pytest.mark.parametrize(("key", "up"), [(INTAKE_KEY, True), ("0x" + "11" * 32, False), ("nonsense", False)])
def test_health_report__intake_key__is_up_with_its_role_only(healthy: Chain, settings: Any, key: str, up: bool) -> None:
    settings.BLOCKCHAIN_INTAKE_KEY = key
    report = health_report()["contract"]
    assert report["up"] is up
    if not up:
        (problem,) = report["problems"]
        assert "BLOCKCHAIN_INTAKE_KEY" in problem["problem"] or "INTAKE_ROLE" in problem["problem"]
        assert key not in str(problem)
