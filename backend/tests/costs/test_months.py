"""Costs: their sum is what was paid for all transactions of ours that were mined."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blockchain.costs.months import costs_by_month
from blockchain.models import Attempt, Complaint, Transaction, Write
from blockchain.protocol.kinds import EventType

MARCH, APRIL = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
PRICE = 3
HUGE = 10**30 + 1


def attempt(number: int, at: datetime, *, kind: str = "record", gas: int = 1_000, **columns: Any) -> Attempt:
    """A transaction that was mined."""
    each = Transaction.objects.create(signer="0x", nonce=number, kind=kind, data="0x", state="confirmed")
    paid = {"effective_gas_price": PRICE, "paid_wei": PRICE * gas}
    receipt = {"succeeded": True, "gas_used": gas, "block_number": 1} | paid | columns
    mined = Attempt.objects.create(
        transaction=each,
        tx_hash=f"0x{number}",
        raw="0x",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
        **receipt,
    )
    Attempt.objects.filter(pk=mined.pk).update(created_at=at)
    return mined


@pytest.fixture
def paid(db: None) -> int:
    """Two writes in one transaction, and one transaction of each kind that carries none; the gas of all."""
    complaint = Complaint.objects.create(complaint_id="0x1", source="test", external_id="T1", salt="0x")
    carrying = attempt(1, MARCH)
    for nonce, (kind, gas) in enumerate(((EventType.CREATED, 600), (EventType.COMMENTED, 400))):
        Write.objects.create(
            complaint=complaint,
            nonce=nonce,
            event_type=kind,
            data="0x",
            tx_hash=carrying.tx_hash,
            timestamp=MARCH,
            gas_used=gas,
            effective_gas_price=PRICE,
            paid_wei=PRICE * gas,
        )
    # Somebody else paid for this one.
    Write.objects.create(
        complaint=complaint, nonce=2, event_type=EventType.COMMENTED, data="0x", tx_hash="0x99", timestamp=MARCH
    )
    attempt(2, APRIL, kind="escalate", gas=32)
    attempt(3, APRIL, cancels=True, gas=21)
    attempt(4, APRIL, succeeded=False, gas=5)
    attempt(5, APRIL, gas=7)
    # Fees were raised before it was mined as another attempt.
    attempt(6, APRIL, succeeded=None, gas=0, gas_used=None, effective_gas_price=None, paid_wei=None)
    # More than 64 bits of wei.
    attempt(7, APRIL, kind="escalate", gas=0, paid_wei=HUGE)
    return 1_000 + 32 + 21 + 5 + 7


def test_costs_by_month__transactions_of_every_kind__add_up_to_what_was_paid(paid: int) -> None:
    rows = [(cost.month, cost.kind, cost.writes, cost.gas) for cost in costs_by_month()]
    assert rows == [
        ("2026-03", "COMMENTED", 1, 400),
        ("2026-03", "CREATED", 1, 600),
        ("2026-04", "(cancelled)", 1, 21),
        ("2026-04", "(escalations)", 2, 32),
        ("2026-04", "(reverted)", 1, 5),
        ("2026-04", "(skipped)", 1, 7),
    ]
    assert sum(cost.wei for cost in costs_by_month()) == PRICE * paid + HUGE


def test_costs_by_month__one_month__has_nothing_of_others(paid: int) -> None:
    assert {cost.month for cost in costs_by_month(month="2026-03")} == {"2026-03"}


def test_chain_costs__month_that_is_none__is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="does not match format"):
        call_command("chain_costs", month="March")


def test_chain_costs__rows__are_printed_in_ether(paid: int, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("chain_costs", month="2026-03")
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["month", "kind", "writes", "gas", "ether"]
    assert [row.split() for row in rows] == [
        ["2026-03", "COMMENTED", "1", "400", "0.000000000000001200"],
        ["2026-03", "CREATED", "1", "600", "0.000000000000001800"],
    ]
