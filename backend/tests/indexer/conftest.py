"""Complaints that are filed and recorded without a relay: what is read is what an indexer's tests are about."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from blockchain import recording
from blockchain.indexer.sync import events_sync
from blockchain.landing import receipt_apply
from blockchain.models import Attempt, ChainEvent, ChainState, Complaint, EvidenceFile, ScanCursor, Transaction, Write
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import head_after
from tests.chain_fixtures import Chain
from tests.fixtures.contents import contents_of

Filing = Callable[[], Complaint]


@pytest.fixture
def file(db: None) -> Filing:
    """Files one more complaint, in the outbox only."""
    number = iter(range(1_000))

    def one() -> Complaint:
        with transaction.atomic():
            complaint, _ = recording.complaint_open(
                source="test", external_id=f"T{next(number)}", changes={"title": [None, "Street light out"]}, by="anne"
            )
        return complaint

    return one


@pytest.fixture
def complaint(file: Filing) -> Complaint:
    return file()


def record(complaint: Complaint, *event_types: EventType, **more: Any) -> None:
    """Records links of these kinds, in the outbox only."""
    for event_type in event_types:
        with transaction.atomic():
            recording.record(complaint=complaint, event_type=event_type, by="bob", **contents_of(event_type), **more)


def batch_of_pending(chain: Chain) -> str:
    """The calldata that records all pending writes, which are then sent."""
    pending = Write.objects.filter(state=Write.State.PENDING)
    writes = pending.select_related("complaint").order_by("complaint", "nonce")
    entries = [(unhex(each.complaint.complaint_id), unhex(each.data), each.event_type, each.nonce) for each in writes]
    assert entries
    pending.update(state=Write.State.SENT)
    return "0x" + chain.registry.encode("recordBatch", entries).hex()


def mined(chain: Chain, *, at: int | None = None) -> dict[str, Any]:
    """Records all pending writes in a transaction that the backend does not know, as a second relay's; the receipt."""
    return chain.anvil.send(to=chain.address, data=batch_of_pending(chain), sender=chain.relay_account, at=at)


def mined_as_ours(chain: Chain, *, confirmed: bool = True) -> Transaction:
    """Records all pending writes in a transaction of the backend's own, settled as final if it is `confirmed`."""
    data = batch_of_pending(chain)
    receipt = chain.anvil.send(to=chain.address, data=data, sender=chain.relay_account)
    return settled(chain, data, receipt, confirmed=confirmed)


def settled(chain: Chain, data: str, receipt: dict[str, Any], *, confirmed: bool = True) -> Transaction:
    """The rows that the relay keeps of a transaction once it has read the receipt."""
    nonce = Transaction.objects.count()
    ours = Transaction.objects.create(signer=chain.relay_account, nonce=nonce, kind=Transaction.Kind.RECORD, data=data)
    Write.objects.filter(state=Write.State.SENT, transaction=None).update(transaction=ours)
    attempt = Attempt.objects.create(
        transaction=ours,
        tx_hash=receipt["transactionHash"],
        raw="0x",
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
    )
    receipt_apply(transaction=ours, attempt=attempt, receipt=receipt, address=chain.address)
    if confirmed:
        Transaction.objects.filter(pk=ours.pk).update(state=Transaction.State.CONFIRMED)
        Write.objects.filter(transaction=ours, state=Write.State.MINED).update(state=Write.State.CONFIRMED)
    ours.refresh_from_db()
    return ours


def cache_contents() -> dict[str, Any]:
    """All that may be rebuilt."""
    events = [{**model_to_dict(each), "id": None} for each in ChainEvent.objects.order_by("complaint_id", "sequence")]
    writes = [model_to_dict(each, exclude=["updated_at"]) for each in Write.objects.order_by("pk")]
    return {
        "events": events,
        "writes": writes,
        # When a state was proved is not read from the chain.
        "states": [{**each, "proved_at": None} for each in ChainState.objects.order_by("complaint_id").values()],
        "transactions": list(Transaction.objects.order_by("pk").values()),
        "attempts": list(Attempt.objects.order_by("pk").values()),
        "evidence": list(EvidenceFile.objects.order_by("pk").values("anchored_at")),
        "cursor": list(ScanCursor.objects.values("block_number", "block_hash")),
    }


def links_read(chain: Chain, complaint: Complaint) -> list[EventType]:
    """The kinds of a complaint's links, after reading them and comparing them and the state with the contract's."""
    assert events_sync(registry=chain.registry).differing == 0
    return assert_as_on_chain(chain, complaint)


def assert_as_on_chain(chain: Chain, complaint: Complaint) -> list[EventType]:
    """What was read of a complaint is what the contract has, word by word. Returns the kinds of its links."""
    complaint_id = complaint.complaint_id
    events = list(ChainEvent.objects.filter(complaint_id=complaint_id).order_by("sequence"))
    wanted = chain.registry.complaints([complaint_id])[complaint_id]
    assert [event.sequence for event in events] == list(range(1, wanted.event_count + 1))
    assert head_after(start=chain.registry.deployment.genesis_head, links=events) == wanted.head
    state = ChainState.objects.filter(complaint_id=complaint_id).first()
    if events:
        assert state is not None
        assert state.agrees
        for name in ("event_count", "sla_deadline", "status", "escalations", "objections"):
            assert getattr(state, name) == getattr(wanted, name), name
        assert unhex(state.head) == wanted.head
    else:
        assert state is None
    return [EventType(event.event_type) for event in events]


def states_of(complaint: Complaint) -> list[str]:
    """The states of a complaint's writes, in the order of their nonces."""
    return list(Write.objects.filter(complaint=complaint).order_by("nonce").values_list("state", flat=True))


def kinds(names: Sequence[str]) -> list[EventType]:
    return [EventType[name] for name in names]
