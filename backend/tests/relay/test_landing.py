"""Which write a link is: rows in a database, links made by hand, no chain."""

from collections.abc import Callable

import pytest

from blockchain.landing import landing_undo, links_apply, transactions_reopen
from blockchain.models import Attempt, Complaint, EvidenceFile, RelayLease, Transaction, Write
from blockchain.protocol.hashing import word
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import Link
from tests.relay.conftest import recorded

File = Callable[[int], list[Complaint]]
State = Write.State
OURS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
THEIRS = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"

pytestmark = pytest.mark.django_db


def link_of(write: Write, **more: object) -> Link:
    usual = {
        "complaint_id": write.complaint.complaint_id,
        "sequence": write.nonce + 1,
        "event_type": write.event_type,
        "actor": THEIRS,
        "timestamp": 1_800_000_000 + write.nonce,
        "data": write.data,
        "tx_hash": word(0xAA),
        "block_number": 5,
        "block_hash": word(0xBB),
        "log_index": write.nonce,
    }
    return Link(**usual | more)


def numbered(*writes: Write, **more: object) -> list[tuple[Link, int]]:
    return [(link_of(write, **more), write.nonce) for write in writes]


@pytest.fixture
def life(complaints: File) -> list[Write]:
    """Filing, pause, comment."""
    RelayLease.objects.create(signer=OURS, holder="", expires_at="2030-01-01T00:00Z", last_run_at="2030-01-01T00:00Z")
    (complaint,) = complaints(1)
    recorded(complaint, EventType.SLA_PAUSED, EventType.COMMENTED)
    return list(complaint.writes.order_by("nonce"))


def shown(writes: list[Write]) -> list[str]:
    return [Write.objects.get(pk=write.pk).state for write in writes]


def test_links_apply__same_kind_and_data__landed_whoever_sent_it(life: list[Write]) -> None:
    assert links_apply(numbered(life[0]), final=False) == []
    assert shown(life) == [State.MINED, State.PENDING, State.PENDING]
    # What a pause commits to is known on the chain alone.
    assert links_apply(numbered(life[0]) + numbered(life[1], data=word(77)), final=True) == []
    assert shown(life) == [State.CONFIRMED, State.CONFIRMED, State.PENDING]
    landed = Write.objects.get(pk=life[1].pk)
    place = (landed.sequence, landed.tx_hash, landed.block_number, landed.block_hash, landed.log_index)
    assert place == (2, word(0xAA), 5, word(0xBB), 1)
    assert int(landed.timestamp.timestamp()) == 1_800_000_001


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.RESERVED])
def test_links_apply__whatever_its_state__the_chain_says_that_it_landed(life: list[Write], state: str) -> None:
    Write.objects.update(state=state, error_code="StaleNonce", next_attempt_at="2030-01-01T00:00Z")
    links_apply(numbered(life[0]), final=True)
    landed = Write.objects.get(pk=life[0].pk)
    assert (landed.state, landed.error_code, landed.next_attempt_at) == (State.CONFIRMED, "", None)


def test_links_apply__twice__changes_nothing(life: list[Write]) -> None:
    links_apply(numbered(*life), final=True)
    before = list(Write.objects.order_by("pk").values())
    assert links_apply(numbered(*life), final=True) == []
    assert links_apply(numbered(*life), final=False) == []
    assert list(Write.objects.order_by("pk").values()) == before


def test_links_apply__final_link_elsewhere_than_believed__moved_but_never_by_one_that_is_not_final(
    life: list[Write],
) -> None:
    links_apply(numbered(life[0]), final=True)
    links_apply(numbered(life[0], block_hash=word(0xCC)), final=False)
    assert Write.objects.get(pk=life[0].pk).block_hash == word(0xBB)
    links_apply(numbered(life[0], block_hash=word(0xCC)), final=True)
    assert Write.objects.get(pk=life[0].pk).block_hash == word(0xCC)


@pytest.mark.parametrize("change", [{"data": word(9)}, {"event_type": EventType.NOTED}], ids=["data", "kind"])
def test_links_apply__another_link_under_the_nonce__freezes_its_complaint(
    life: list[Write], change: dict[str, object]
) -> None:
    ((link, nonce),) = numbered(life[2], **change)
    assert links_apply([(link, nonce)], final=False) == [link]
    assert Complaint.objects.get().frozen_reason == ""
    assert links_apply([(link, nonce)], final=True) == [link]
    assert f"by {THEIRS}" in Complaint.objects.get().frozen_reason
    assert RelayLease.objects.get().stopped_reason == ""
    assert shown(life)[2] == State.PENDING


def test_links_apply__by_a_key_of_ours__stops_the_relay_and_keeps_the_first_reason(life: list[Write]) -> None:
    links_apply([(link_of(life[0], sequence=4, actor=OURS), 3)], final=True)
    first = RelayLease.objects.get().stopped_reason
    assert life[0].complaint.complaint_id in first
    assert "number 4" in first
    links_apply([(link_of(life[0], sequence=5, actor=OURS), 4)], final=True)
    assert RelayLease.objects.get().stopped_reason == first
    assert "number 4" in Complaint.objects.get().frozen_reason


def test_links_apply__complaint_that_nobody_here_filed__is_only_told(life: list[Write]) -> None:
    link = link_of(life[0], complaint_id=word(1), actor=OURS)
    assert links_apply([(link, 0)], final=True) == [link]
    assert Complaint.objects.get().frozen_reason == ""
    assert RelayLease.objects.get().stopped_reason == ""


def test_landing_undo__block_is_gone__waits_for_its_transaction_or_is_packed_again(
    life: list[Write], evidence_of: Callable[[Complaint], EvidenceFile]
) -> None:
    file = evidence_of(life[0].complaint)
    made = Transaction.objects.create(signer=OURS, nonce=1, kind="record", data="0x", state="confirmed")
    attempt = Attempt.objects.create(
        transaction=made,
        tx_hash=word(0xAA),
        raw="0x",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
        succeeded=True,
        block_number=5,
        block_hash=word(0xBB),
    )
    imported = life[2]
    Write.objects.filter(pk=imported.pk).update(imported=True)
    Write.objects.filter(pk__in=[life[0].pk, file.write.pk]).update(transaction=made)
    links_apply(numbered(*life, file.write), final=True)
    file.refresh_from_db()
    assert file.anchored_at is not None
    assert transactions_reopen([made.pk]) == 4
    made.refresh_from_db()
    attempt.refresh_from_db()
    file.refresh_from_db()
    assert (made.state, attempt.block_hash, attempt.succeeded, file.anchored_at) == ("open", "", None, None)
    assert shown([*life, file.write]) == [State.SENT, State.PENDING, State.FAILED, State.SENT]
    assert set(Write.objects.values_list("tx_hash", "block_hash", "sequence", "timestamp")) == {("", "", None, None)}
    assert landing_undo(Write.objects.none()) == 0
