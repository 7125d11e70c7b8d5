"""What staff can do about failed writes, and only about those."""

from datetime import UTC, datetime

import pytest

from blockchain.models import BlockchainTransaction
from blockchain.outbox.repair import write_retry, write_supersede

STATES = [state for state in BlockchainTransaction.State.values if state != "failed"]


@pytest.fixture
def failed(report) -> BlockchainTransaction:
    write = report.writes.get(order=1)
    report.writes.filter(pk=write.pk).update(
        state="failed",
        attempts=7,
        next_attempt_at=datetime(2026, 1, 1, tzinfo=UTC),
        error_code="InvalidTransition",
        error_detail="detail",
    )
    write.refresh_from_db()
    return write


def test_retry__failed__pending_with_its_attempts_counted_anew(failed, staff, caplog):
    commitment = (failed.salt, failed.payload, failed.data_hash)
    assert write_retry(write_id=failed.pk, by=staff)
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.next_attempt_at, failed.error_code) == ("pending", 0, None, "")
    assert (failed.salt, failed.payload, failed.data_hash) == commitment


def test_supersede__failed__with_reason_and_name(failed, staff):
    assert write_supersede(write_id=failed.pk, by=staff, reason=" Filed twice. ")
    failed.refresh_from_db()
    assert (failed.state, failed.superseded_reason, failed.superseded_by) == ("superseded", "Filed twice.", staff)


@pytest.mark.parametrize("state", STATES)
def test_repair__not_failed__left_alone(failed, staff, state):
    BlockchainTransaction.objects.filter(pk=failed.pk).update(state=state)
    before = BlockchainTransaction.objects.values().get(pk=failed.pk)
    assert not write_retry(write_id=failed.pk, by=staff)
    assert not write_supersede(write_id=failed.pk, by=staff, reason="x")
    assert BlockchainTransaction.objects.values().get(pk=failed.pk) == before


def test_repair__twice__once(failed, staff):
    assert [write_retry(write_id=failed.pk, by=staff) for _ in range(2)] == [True, False]


def test_supersede__without_a_reason__refused(failed, staff):
    with pytest.raises(ValueError, match="reason"):
        write_supersede(write_id=failed.pk, by=staff, reason="  ")
    failed.refresh_from_db()
    assert failed.state == "failed"
