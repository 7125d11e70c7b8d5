"""Rounds of proofs on a real chain: what is asked for, when it is published, and what nodes can do to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from blockchain import receipt
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.sync import events_sync
from blockchain.models import ChainState, Complaint, EvidenceFile, ProofBlock, SlotProof
from blockchain.proofs.due import complaints_due, complaints_unproved
from blockchain.proofs.rounds import proof_round
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Relay
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs.conftest import block_hash, proved, provided, publish
from tests.providers.member import Member
from tests.relay.conftest import complaint_new, complaints, evidence_of, recorded, relay

pytestmark = pytest.mark.django_db
__all__ = ["complaints", "evidence_of", "relay"]
CANDIDATE, PUBLISHED = ProofBlock.State.CANDIDATE, ProofBlock.State.PUBLISHED
EVIDENCE = SlotProof.Of.EVIDENCE
FileMany = Callable[[int], list[Complaint]]


def reorg(chain: Chain, depth: int) -> None:
    """Replaces the newest blocks by others, which have somebody else's transaction, so that none is the same."""
    stranger = {"from": chain.stranger, "to": chain.relay_account, "value": "0x1"}
    chain.anvil.rpc("anvil_reorg", depth, [[stranger, 0]])


def states() -> list[str]:
    return list(ProofBlock.objects.values_list("state", flat=True))


def test_proof_round__256_slots__are_asked_for_with_one_request(chain: Chain, complaints: FileMany) -> None:
    filed = complaints(300)
    land(chain)
    with provided(chain, Member) as (registry, provider):
        done = proof_round(registry=registry)
        assert (done.slots, done.complaints, done.is_last) == (256, 255, False)
        assert provider.methods.count("eth_getProof") == 1
        assert provider.requests == 1
        done = proof_round(registry=registry)
        assert (done.slots, done.complaints, done.is_last) == (46, 45, True)
        assert provider.methods.count("eth_getProof") == 2
        assert proof_round(registry=registry).complaints == 0
        assert provider.methods.count("eth_getProof") == 2
    assert complaints_unproved() == 0
    assert {len(proved(each)) for each in filed} == {1}
    assert SlotProof.objects.filter(of=SlotProof.Of.REGISTRY).count() == ProofBlock.objects.count()


def test_proof_round__stored_proof__is_that_of_the_chain(chain: Chain, complaint: Complaint) -> None:
    proof_round(registry=chain.registry)
    (slot,) = proved(complaint)
    assert slot.block.hash == block_hash(chain, slot.block.number)
    header = receipt.header_read(bytes(slot.block.header))
    assert (receipt.hex0x(header.hash), header.number, header.time) == (
        slot.block.hash,
        slot.block.number,
        slot.block.time,
    )
    account = receipt.account_of(header, bytes.fromhex(chain.address[2:]), receipt.rlp_read(bytes(slot.block.account)))
    key = receipt.slot_of(receipt.Slot("complaint", ()), bytes.fromhex(complaint.complaint_id[2:]))
    value = receipt.slot_value(account, key, receipt.rlp_read(bytes(slot.nodes)))
    wanted = chain.registry.complaints([complaint.complaint_id])[complaint.complaint_id]
    assert receipt.word_read(value).head == wanted.head
    assert value == int(chain.anvil.rpc("eth_getStorageAt", chain.address, receipt.hex0x(key), "latest"), 16)


def test_proof_round__until_its_block_is_final__is_a_candidate(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    proof_round(registry=chain.registry)
    chain.anvil.mine(2)
    events_sync(registry=chain.registry)
    proof_round(registry=chain.registry)
    assert states() == [CANDIDATE]
    chain.anvil.mine()
    # As soon as the indexer has read the block, without another round.
    events_sync(registry=chain.registry)
    assert states() == [PUBLISHED]


def test_proof_round__final_but_not_read__is_a_candidate(chain: Chain, complaint: Complaint) -> None:
    chain.anvil.mine()
    proof_round(registry=chain.registry)
    chain.anvil.mine()
    proof_round(registry=chain.registry)
    assert states() == [CANDIDATE]
    events_sync(registry=chain.registry)
    assert states() == [PUBLISHED]


def test_proof_round__candidate_reorganised_away__is_dropped_and_taken_again(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    chain.anvil.mine(3)
    events_sync(registry=chain.registry)
    proof_round(registry=chain.registry)
    (before,) = proved(complaint)
    reorg(chain, 1)
    assert block_hash(chain, before.block.number) != before.block.hash
    proof_round(registry=chain.registry)
    (after,) = proved(complaint)
    assert after.block.hash == block_hash(chain, after.block.number)
    assert list(ProofBlock.objects.values_list("hash", flat=True)) == [after.block.hash]
    chain.anvil.mine(3)
    events_sync(registry=chain.registry)
    assert states() == [PUBLISHED]


def test_events_sync__published_block_reorganised_away__its_proofs_go_with_the_links(
    chain: Chain, complaint: Complaint
) -> None:
    chain.anvil.mine()
    publish(chain)
    (before,) = proved(complaint)
    # Deeper than the confirmations, which are none here.
    reorg(chain, 3)
    events_sync(registry=chain.registry)
    assert not ProofBlock.objects.filter(hash=before.block.hash).exists()
    land(chain)
    publish(chain)
    (after,) = proved(complaint)
    assert after.block.hash == block_hash(chain, after.block.number)


def test_proof_round__link_that_is_not_final__is_proved_without_waiting(
    chain: Chain, relay: Relay, complaints: FileMany, settings: Any
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 5
    (complaint,) = complaints(1)
    for _ in range(4):
        relay.run_once()
    assert not ChainState.objects.exists()
    assert proof_round(registry=chain.registry).complaints == 1
    assert proof_round(registry=chain.registry).complaints == 0
    chain.anvil.mine(5)
    relay.run_once()
    events_sync(registry=chain.registry)
    # The stored proof shows what was read later.
    assert complaints_unproved() == 1
    assert proof_round(registry=chain.registry).complaints == 0
    assert (complaints_unproved(), len(proved(complaint)), states()) == (0, 1, [PUBLISHED])


def test_complaints_due__by_their_states__the_changed_first_then_the_running_clocks(chain: Chain, relay: Relay) -> None:
    changed, running, closed, fresh = (complaint_new(f"case-{number}") for number in range(4))
    recorded(closed, EventType.CLOSED)
    land(chain)
    proof_round(registry=chain.registry)
    assert complaints_due(10) == []
    two_days = timedelta(days=2)
    ChainState.objects.exclude(complaint=fresh).update(proved_at=timezone.now() - two_days)
    recorded(changed, EventType.COMMENTED)
    land(chain)
    waiting = complaint_new("case-4")
    assert waiting.complaint_id not in complaints_due(10)
    waiting.writes.update(created_at=timezone.now() - two_days)
    assert complaints_due(10) == [each.complaint_id for each in (changed, running, waiting)]
    assert complaints_due(2) == [each.complaint_id for each in (changed, running)]
    assert proof_round(registry=chain.registry).complaints == 3
    assert complaints_due(10) == []


def test_proof_round__complaint_of_others__is_left_to_them(chain: Chain, complaint: Complaint) -> None:
    other = b"\x11" * 32
    chain.write("logComplaintEvent", other, 0, b"\x22" * 32, 0)
    events_sync(registry=chain.registry)
    assert proof_round(registry=chain.registry).complaints == 1
    assert not SlotProof.objects.filter(complaint_id="0x" + other.hex()).exists()


def test_proof_round__files__are_proved_once_and_their_proof_stays(
    chain: Chain, complaint: Complaint, evidence_of: Callable[[Complaint], EvidenceFile]
) -> None:
    publish(chain)
    data = evidence_of(complaint).write.data
    land(chain)
    publish(chain)
    (evidence,) = proved(complaint, EVIDENCE)
    assert evidence.data == data
    for _ in range(3):
        recorded(complaint, EventType.COMMENTED)
        land(chain)
        publish(chain)
    assert proved(complaint, EVIDENCE) == [evidence]
    kept = [each.event_count for each in proved(complaint)]
    # The first, that with the file, and the newest.
    assert kept == [1, 2, 5]
    assert ProofBlock.objects.count() == 3


def test_publication__handed_out__stays(chain: Chain, complaint: Complaint) -> None:
    for number in range(4):
        recorded(complaint, EventType.COMMENTED)
        land(chain)
        publish(chain)
        if number == 1:
            SlotProof.objects.filter(block__number=proved(complaint)[-1].block.number).update(handed_out=True)
    assert [each.event_count for each in proved(complaint)] == [2, 3, 5]


def test_publication__more_than_a_receipt_takes__keeps_the_newest(
    chain: Chain, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt, "MAX_PROOFS", 3)
    for _ in range(5):
        recorded(complaint, EventType.COMMENTED)
        land(chain)
        publish(chain)
        SlotProof.objects.update(handed_out=True)
    assert [each.event_count for each in proved(complaint)] == [2, 5, 6]


def test_proof_round__after_a_rebuild_of_the_cache__asks_for_nothing(chain: Chain, complaint: Complaint) -> None:
    publish(chain)
    cache_rebuild(registry=chain.registry)
    assert complaints_unproved() == 1
    with provided(chain, Member) as (registry, provider):
        assert proof_round(registry=registry).complaints == 0
        assert "eth_getProof" not in provider.methods
    assert (complaints_unproved(), states()) == (0, [PUBLISHED])
