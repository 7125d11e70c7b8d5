"""What an indexer missed is found by comparing with the contract, and repaired; what was not compared is said."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blockchain.chain import contract
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.indexer import reconcile
from blockchain.indexer.reconcile import cache_reconcile
from blockchain.indexer.sync import events_sync
from blockchain.jobs import RECONCILE, progress_get
from blockchain.models import ChainEvent, ChainState, Complaint, Job, ScanCursor, Write
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import Chain
from tests.indexer.conftest import (
    Filing,
    assert_as_on_chain,
    cache_contents,
    links_read,
    mined,
    mined_as_ours,
    record,
    states_of,
)
from tests.indexer.test_sync import behind

State = Write.State


def test_cache_reconcile__cache_agrees__repairs_nothing(chain: Chain, file: Filing) -> None:
    file()
    mined(chain)
    file()
    result = cache_reconcile(registry=chain.registry)
    assert vars(result) == {"complaints": 2, "repaired": 0, "differing": 0, "uncompared": 0, "undone": 0}
    cursor = ScanCursor.objects.get()
    assert (cursor.reconciled, cursor.differing, cursor.uncompared) == (2, 0, 0)
    assert cursor.reconciled_at is not None


@pytest.mark.parametrize("damage", ["missing", "altered", "invented", "all gone", "state"])
def test_cache_reconcile__damaged_cache__is_read_again(chain: Chain, complaint: Complaint, damage: str) -> None:
    record(complaint, EventType.ASSIGNED)
    mined_as_ours(chain)
    links_read(chain, complaint)
    before = cache_contents()
    event = ChainEvent.objects.get(sequence=2)
    if damage == "missing":
        event.delete()
    elif damage == "altered":
        ChainEvent.objects.filter(pk=event.pk).update(timestamp=event.timestamp - 1)
    elif damage == "invented":
        event.pk, event.sequence, event.log_index = None, 3, 99
        event.save()
    elif damage == "all gone":
        ChainEvent.objects.all().delete()
        ChainState.objects.all().delete()
    else:
        ChainState.objects.update(head="0x" + "00" * 22, status=4, agrees=False)
    result = cache_reconcile(registry=chain.registry)
    # A state that differs is mended by the reading that comes first.
    assert (result.repaired, result.differing, result.undone) == (0 if damage == "state" else 1, 0, 0)
    assert cache_contents() == before


def test_cache_reconcile__events_of_a_strangers_complaint_gone__says_that_one_is_missing(
    chain: Chain, complaint: Complaint
) -> None:
    chain.write("logComplaintEvent", bytes(32), EventType.CREATED, bytes(32), 0)
    cache_reconcile(registry=chain.registry)
    ChainEvent.objects.all().delete()
    ChainState.objects.all().delete()
    assert cache_reconcile(registry=chain.registry).differing == 1
    assert ScanCursor.objects.get().differing == 1


def test_cache_reconcile__write_confirmed_without_a_link__starts_again(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    record(complaint, EventType.COMMENTED)
    links_read(chain, complaint)
    block = ScanCursor.objects.get().block_number
    Write.objects.filter(nonce=1).update(
        state=State.CONFIRMED, sequence=2, block_number=block, tx_hash="0x" + "12" * 32, block_hash="0x" + "34" * 32
    )
    result = cache_reconcile(registry=chain.registry)
    assert result.undone == 1
    assert states_of(complaint) == [State.CONFIRMED, State.PENDING]


def test_cache_reconcile__landing_that_is_not_the_chains__is_corrected(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    links_read(chain, complaint)
    Write.objects.update(tx_hash="0x" + "12" * 32, sequence=9)
    cache_reconcile(registry=chain.registry)
    write = Write.objects.get()
    assert (write.state, write.sequence, write.tx_hash) == (State.CONFIRMED, 1, ChainEvent.objects.get().tx_hash)


def test_cache_reconcile__write_confirmed_beyond_the_cursor__is_left_alone(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 5
    mined_as_ours(chain)
    assert cache_reconcile(registry=chain.registry).undone == 0
    assert states_of(complaint) == [State.CONFIRMED]
    assert not ChainEvent.objects.exists()


def test_cache_reconcile__deployment_not_final_yet__is_no_alarm(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = int(chain.anvil.head()["number"], 16)
    result = cache_reconcile(registry=chain.registry)
    assert ScanCursor.objects.get().block_number < chain.registry.deployment.block_number
    assert (result.complaints, result.differing, result.uncompared) == (1, 0, 0)


def no_states(method: str, params: list[Any], answer: Any) -> Any:
    return NodeError(code=-32602, message="block hash not supported") if method == "eth_call" else answer


def test_cache_reconcile__node_that_tells_no_states__is_no_agreement(chain: Chain, file: Filing) -> None:
    for _ in range(3):
        file()
    mined(chain)
    registry = behind(chain, no_states)
    result = cache_reconcile(registry=registry)
    # The number of filings can't be asked for either.
    assert (result.complaints, result.differing, result.uncompared) == (0, 0, 4)
    assert ScanCursor.objects.get().reconcile_uncompared == 4


def test_cache_reconcile__nothing_compared__stays_known_and_is_no_success(
    chain: Chain, file: Filing, settings: Any
) -> None:
    """What comes after it compares what was read meanwhile, and not what was not."""
    for _ in range(3):
        file()
    mined(chain)
    events_sync(registry=chain.registry)
    assert cache_reconcile(registry=behind(chain, no_states)).uncompared == 4
    record(file(), EventType.ASSIGNED)
    mined(chain)
    assert events_sync(registry=chain.registry).uncompared == 0
    cursor, row = ScanCursor.objects.get(), Job.objects.get(name=RECONCILE)
    assert (cursor.reconcile_uncompared, cursor.reconciled_at, row.succeeded_at) == (4, None, None)
    assert row.error == "4 of 4 were not compared"
    assert cache_reconcile(registry=chain.registry).complaints == 4
    cursor.refresh_from_db()
    row.refresh_from_db()
    assert (cursor.reconcile_uncompared, row.error) == (0, "")
    assert cursor.reconciled_at is not None
    assert row.succeeded_at is not None


def test_cache_reconcile__interrupted__continues_where_it_was(
    chain: Chain, file: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        file()
    mined(chain)
    monkeypatch.setattr(reconcile, "COMPLAINTS_AT_ONCE", 2)
    seen: list[tuple[int, int]] = []

    class Killed(BaseException):
        pass

    def killed(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        cache_reconcile(registry=chain.registry, progress=killed)
    # Of the rest, one is damaged.
    last = Complaint.objects.order_by("complaint_id").last()
    assert last is not None
    ChainEvent.objects.filter(complaint_id=last.complaint_id).delete()
    result = cache_reconcile(registry=chain.registry, progress=lambda done, total: seen.append((done, total)))
    assert (result.complaints, result.repaired, result.uncompared) == (5, 1, 0)
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert progress_get(RECONCILE) == {}


def test_cache_reconcile__interrupted_days_ago__starts_anew(chain: Chain, file: Filing) -> None:
    file()
    mined(chain)
    run = reconcile._Run(
        started_at="2020-01-01T00:00:00+00:00", result=reconcile.Reconciliation(complaints=7), listed=2
    )
    run.save()
    assert cache_reconcile(registry=chain.registry).complaints == 1


def test_cache_reconcile__cursor_moves_meanwhile__continues_at_its_new_place(
    chain: Chain, file: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        file()
    mined(chain)
    monkeypatch.setattr(reconcile, "COMPLAINTS_AT_ONCE", 1)

    def another_indexer(done: int, _: int) -> None:
        chain.anvil.mine()
        events_sync(registry=chain.registry)

    assert cache_reconcile(registry=chain.registry, progress=another_indexer).complaints == 3
    assert ScanCursor.objects.get().reconciled == 3


def test_reconcile_command__nothing_compared__exits_with_an_error(
    chain: Chain, complaint: Complaint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mined(chain)
    call_command("reconcile")
    assert capsys.readouterr().out == "1 complaints compared, 0 repaired, 0 writes start again\n"
    monkeypatch.setattr("blockchain.management.service.registry", lambda: behind(chain, no_states))
    with pytest.raises(CommandError, match="2 complaints could not be compared"):
        call_command("reconcile")


@pytest.mark.parametrize("gone", [[2], [1, 2]], ids=["some", "all"])
def test_cache_reconcile__reading_again_refused__leaves_it_to_the_next_sync(
    chain: Chain, complaint: Complaint, gone: list[int]
) -> None:
    record(complaint, EventType.ASSIGNED)
    mined(chain)
    links_read(chain, complaint)
    ChainEvent.objects.filter(sequence__in=gone).delete()

    def no_filters(method: str, params: list[Any], answer: Any) -> Any:
        return (
            NodeError(code=-32000, message="no") if method == "eth_getLogs" and len(params[0]["topics"]) > 1 else answer
        )

    result = cache_reconcile(registry=behind(chain, no_filters))
    assert (result.complaints, result.repaired) == (1, 0)
    # One that can't be read again; and where its filing is gone, one filing too few.
    assert result.differing == len(gone)
    assert not ChainState.objects.get().agrees
    assert links_read(chain, complaint) == [EventType.CREATED, EventType.ASSIGNED]
    assert_as_on_chain(chain, complaint)


def test_cache_reconcile__node_down__raises(chain_down: Chain, complaint: Complaint) -> None:
    with pytest.raises(ChainUnavailable):
        cache_reconcile(registry=contract.registry())
