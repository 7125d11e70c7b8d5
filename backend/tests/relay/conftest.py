"""A relay on the test's chain, complaints to write, and the check that ends every test.

What counts is what raw logs say: each write is one link, in the order of the nonces, with nothing beside it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from eth_hash.auto import keccak

from accounts.models import User
from blockchain.chain.signers import signer
from blockchain.models import Attempt, Complaint, EvidenceFile, Transaction, Write
from blockchain.protocol.kinds import Data, EventType, is_entry, kind_of
from blockchain.protocol.links import Link, head_after, links_of_logs
from blockchain.recording import File, complaint_open, record
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fixtures.contents import CHANGES, contents_of

FIRST_BLOCK = "0x0"


@pytest.fixture
def relay(chain: Chain, db: None) -> Relay:
    return Relay(registry=chain.registry, signer=signer())


@pytest.fixture
def drain(relay: Relay) -> Callable[[], Outcome]:
    """Runs the relay until there is nothing left that it can do."""
    return lambda: relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)


@pytest.fixture
def complaints(db: None) -> Callable[[int], list[Complaint]]:
    """Files complaints; the clerk's filings wait in the outbox."""
    filed = 0

    def file(number: int) -> list[Complaint]:
        nonlocal filed
        filed += number
        return [complaint_new(f"case-{filed - number + index}") for index in range(number)]

    return file


def complaint_new(external_id: str, complainant: str = "") -> Complaint:
    with transaction.atomic():
        return complaint_open(
            source="test", external_id=external_id, changes=CHANGES, by="clerk", complainant=complainant
        )[0]


def recorded(complaint: Complaint, *event_types: EventType, deadline: int | None = None) -> list[Write]:
    """Accepts writes of these kinds."""
    with transaction.atomic():
        return [
            record(
                complaint=complaint,
                event_type=event_type,
                by="clerk",
                deadline=deadline if event_type is EventType.SLA_DEADLINE_SET else None,
                **contents_of(event_type),
            )
            for event_type in event_types
        ]


def links_on_chain(chain: Chain, complaint: Complaint | str) -> list[Link]:
    """A complaint's links from raw logs; checked against the contract's count and head."""
    complaint_id = complaint if isinstance(complaint, str) else complaint.complaint_id
    query = {"address": chain.address, "fromBlock": FIRST_BLOCK, "toBlock": "latest", "topics": [None, complaint_id]}
    links = [
        link
        for link in links_of_logs(chain.anvil.rpc("eth_getLogs", query), address=chain.address)
        if link.complaint_id == complaint_id
    ]
    state = chain.registry.complaints([complaint_id])[complaint_id]
    assert [link.sequence for link in links] == list(range(1, state.event_count + 1))
    assert head_after(start=chain.registry.deployment.genesis_head, links=links) == state.head
    return links


def assert_recorded_once(chain: Chain, *complaints: Complaint) -> None:
    """Every write is confirmed and is one link of the same kind and data, in the order of the nonces."""
    for complaint in complaints:
        entries = [link for link in links_on_chain(chain, complaint) if is_entry(link.event_type)]
        writes = list(Write.objects.filter(complaint=complaint).order_by("nonce"))
        assert [write.state for write in writes] == [Write.State.CONFIRMED] * len(writes)
        assert [link.event_type for link in entries] == [write.event_type for write in writes]
        for link, write in zip(entries, writes, strict=True):
            place = (write.sequence, write.tx_hash, write.block_number, write.block_hash, write.log_index)
            assert place == (link.sequence, link.tx_hash, link.block_number, link.block_hash, link.log_index)
            if kind_of(write.event_type).data is not Data.CLOCK:
                assert link.data == write.data


@contextmanager
def manual_mining(chain: Chain) -> Iterator[None]:
    """Blocks come only when the test mines them."""
    chain.anvil.rpc("evm_setAutomine", False)
    try:
        yield
    finally:
        chain.anvil.rpc("evm_setAutomine", True)
        chain.anvil.mine()


def role_call(chain: Chain, name: str, role: str, account: str) -> dict[str, str]:
    """A transaction with which the admin grants or revokes a role."""
    data = chain.registry.encode(name, keccak(role.encode()), account)
    return {"from": chain.admin, "to": chain.address, "data": "0x" + data.hex(), "gas": hex(200_000)}


def entry_call(
    chain: Chain, complaint: Complaint, event_type: EventType, nonce: int, sender: str, data: bytes = b"\x07" * 32
) -> dict[str, str]:
    """A transaction with which somebody else who has the role records an entry, at a higher price than the relay's."""
    entry = (bytes.fromhex(complaint.complaint_id[2:]), data, event_type, nonce)
    call = chain.registry.encode("recordBatch", [entry])
    fees = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}
    return {"from": sender, "to": chain.address, "data": "0x" + call.hex(), "gas": hex(300_000), **fees}


def states(*complaints: Complaint) -> set[str]:
    """The states of the writes of complaints, of all if none are given."""
    writes = Write.objects.filter(complaint__in=complaints) if complaints else Write.objects.all()
    return set(writes.values_list("state", flat=True))


@pytest.fixture
def evidence_of(complainant: User) -> Callable[[Complaint], EvidenceFile]:
    """Accepts a file for a complaint."""

    def accept(complaint: Complaint) -> EvidenceFile:
        file = File(sha256="ab" * 32, cid="bafy", size=3, media_type="text/plain", name="a.txt")
        with transaction.atomic():
            write = record(complaint=complaint, event_type=EventType.EVIDENCE_ANCHORED, by="clerk", evidence=file)
            return EvidenceFile.objects.create(
                complaint=complaint,
                uploaded_by=complainant,
                ipfs_cid=file.cid,
                cid_parameters={},
                file_hash=file.sha256,
                size=file.size,
                write=write,
            )

    return accept


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries to a transaction."""
    monkeypatch.setattr("blockchain.relay.pack.MAX_ENTRIES", 2)
    monkeypatch.setattr("blockchain.relay.loop.MAX_ENTRIES", 2)


@pytest.fixture
def four_open(
    chain: Chain, relay: Relay, complaints: Callable[[int], list[Complaint]], small_batches: None
) -> Iterator[list[Complaint]]:
    """Complaints with filings in four transactions that are not mined; two more wait."""
    with manual_mining(chain):
        filed = complaints(10)
        relay.run_once()
        assert Transaction.objects.filter(state="open").count() == 4
        yield filed


def age(seconds: int = 60) -> None:
    """As if all had been sent that long ago."""
    Attempt.objects.update(sent_at=timezone.now() - timedelta(seconds=seconds))
