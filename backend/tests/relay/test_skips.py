"""What a batch skips, and what another holder of a role can do to the relay: nothing is lost, and the purse is safe."""

from collections.abc import Callable

from blockchain.chain.signers.local import LocalSigner
from blockchain.indexer.sync import events_sync
from blockchain.models import Attempt, Complaint, EvidenceFile, RelayLease, Transaction, Write
from blockchain.models.bulk import rows_update
from blockchain.protocol.hashing import word
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.relay.conftest import (
    assert_recorded_once,
    entry_call,
    links_on_chain,
    manual_mining,
    recorded,
    role_call,
    states,
)

Drain = Callable[[], Outcome]
File = Callable[[int], list[Complaint]]
State = Write.State


def other_recorder(chain: Chain) -> str:
    """Somebody else who has the recorder's role."""
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", chain.stranger))
    return chain.stranger


def filing_call(chain: Chain, complaint: Complaint) -> dict[str, str]:
    """A transaction that records a filing of ours with another key, at a higher price than the relay's."""
    data = bytes.fromhex(complaint.writes.get(nonce=0).data[2:])
    return entry_call(chain, complaint, EventType.CREATED, 0, chain.intake_account, data)


def outcomes(complaint: Complaint) -> list[tuple[str, str]]:
    return list(complaint.writes.order_by("nonce").values_list("state", "error_code"))


def test_run__the_same_entry_landed_from_elsewhere_meanwhile__counts_as_landed(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    filed = complaints(3)
    recorded(filed[0], EventType.COMMENTED)
    with manual_mining(chain):
        relay.run_once()
        chain.anvil.rpc("eth_sendTransaction", filing_call(chain, filed[0]))
    drain()
    # The contract has gone on, so what was skipped waits for the indexer's word; nobody works against us.
    assert Transaction.objects.get().skipped == 0
    assert [state for state, _ in outcomes(filed[0])] == [State.PENDING, State.PENDING]
    events_sync(registry=chain.registry)
    assert states(filed[0]) == {State.CONFIRMED, State.PENDING}
    Write.objects.update(next_attempt_at=None)
    drain()
    assert_recorded_once(chain, *filed)
    assert {complaint.frozen_reason for complaint in Complaint.objects.all()} == {""}
    assert RelayLease.objects.get().stopped_reason == ""


def test_run__another_link_stands_under_the_nonce__frozen_and_never_packed_again(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    victim, other = complaints(2)
    drain()
    hostile = other_recorder(chain)
    for complaint in (victim, other):
        recorded(complaint, EventType.COMMENTED, EventType.RESOLVED)
    with manual_mining(chain):
        relay.run_once()
        chain.anvil.rpc("eth_sendTransaction", entry_call(chain, victim, EventType.NOTED, 1, hostile))
    drain()
    assert outcomes(victim)[1:] == [(State.PENDING, "StaleNonce"), (State.PENDING, "PredecessorSkipped")]
    Write.objects.update(next_attempt_at=None)
    for _ in range(3):
        drain()
    assert Transaction.objects.count() == 2
    events_sync(registry=chain.registry)
    victim.refresh_from_db()
    assert f"number 2, NOTED by {hostile}" in victim.frozen_reason
    # It is not a key of ours: the relay goes on with everything else.
    assert RelayLease.objects.get().stopped_reason == ""
    Write.objects.update(next_attempt_at=None)
    recorded(other, EventType.REOPENED)
    drain()
    assert_recorded_once(chain, other)
    assert [state for state, _ in outcomes(victim)] == [State.CONFIRMED, State.PENDING, State.PENDING]


def test_run__a_link_by_our_own_key_that_nobody_recorded__stops_the_relay(
    chain: Chain, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    drain()
    chain.write("logComplaintEvent", bytes.fromhex(complaint.complaint_id[2:]), EventType.RESOLVED, b"\1" * 32, 1)
    events_sync(registry=chain.registry)
    complaint.refresh_from_db()
    assert "RESOLVED" in complaint.frozen_reason
    assert complaint.complaint_id in RelayLease.objects.get().stopped_reason
    complaints(1)
    assert drain() is Outcome.BLOCKED
    assert states() == {State.CONFIRMED, State.PENDING}


def test_run__complaints_that_nobody_here_filed__neither_freeze_nor_stop(
    chain: Chain, drain: Drain, complaints: File
) -> None:
    ours = complaints(1)
    drain()
    chain.write("logComplaintEvent", b"\x09" * 32, EventType.CREATED, b"\1" * 32, 0)
    chain.write("logComplaintEvent", b"\x09" * 32, EventType.CLOSED, b"\1" * 32, 1)
    events_sync(registry=chain.registry)
    assert RelayLease.objects.get().stopped_reason == ""
    ours += complaints(1)
    assert drain() is Outcome.IDLE
    assert_recorded_once(chain, *ours)


def test_run__every_other_reason__fails_that_write_and_holds_back_its_complaint_alone(
    chain: Chain, drain: Drain, complaints: File, evidence_of: Callable[[Complaint], EvidenceFile]
) -> None:
    unlawful, twice, late, healthy = complaints(4)
    file = evidence_of(twice)
    drain()
    evidence_of_again = recorded(twice, EventType.COMMENTED)[0]
    evidence_of_again.event_type, evidence_of_again.data = EventType.EVIDENCE_ANCHORED, file.write.data
    deadline = recorded(late, EventType.SLA_DEADLINE_SET, deadline=chain.anvil.time() + 1000)[0]
    deadline.data = word(chain.anvil.time() + 4000 * 86_400)
    reopened = recorded(unlawful, EventType.COMMENTED)[0]
    reopened.event_type = EventType.REOPENED
    # As no door lets them through: the contract refuses them, whoever sends them.
    rows_update([evidence_of_again, deadline, reopened], ["event_type", "data"])
    for complaint in (unlawful, twice, late, healthy):
        recorded(complaint, EventType.COMMENTED)
    drain()
    assert outcomes(unlawful)[1] == (State.FAILED, "InvalidTransition")
    assert outcomes(twice)[2] == (State.FAILED, "EvidenceAlreadyAnchored")
    assert outcomes(late)[1] == (State.FAILED, "DeadlineOutOfRange")
    for complaint in (unlawful, twice, late):
        assert complaint.writes.order_by("-nonce")[0].state == State.PENDING
    assert_recorded_once(chain, healthy)
    before = Transaction.objects.count()
    Write.objects.update(next_attempt_at=None)
    drain()
    assert Transaction.objects.count() == before


def test_run__hostile_recorder_meets_every_batch__each_entry_is_paid_for_once_at_most(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    filed = complaints(12)
    drain()
    hostile = other_recorder(chain)
    for number, complaint in enumerate(filed):
        recorded(complaint, *[EventType.COMMENTED] * (1 + number % 3))
    with manual_mining(chain):
        relay.run_once()
        for complaint in filed:
            chain.anvil.rpc("eth_sendTransaction", entry_call(chain, complaint, EventType.NOTED, 1, hostile))
    carried = Transaction.objects.order_by("-nonce")[0].entries
    for _ in range(5):
        Write.objects.update(next_attempt_at=None)
        drain()
    assert sum(Transaction.objects.values_list("skipped", flat=True)) == carried == 24
    assert Transaction.objects.count() == 2


def test_run__more_than_half_skipped_twice_in_a_row__those_fail_and_are_packed_no_more(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    first, second, third = complaints(3)
    drain()
    hostile = other_recorder(chain)
    for complaint in (first, second):
        recorded(complaint, EventType.COMMENTED)
        with manual_mining(chain):
            relay.run_once()
            chain.anvil.rpc("eth_sendTransaction", entry_call(chain, complaint, EventType.NOTED, 1, hostile))
        drain()
    assert outcomes(first)[1] == (State.PENDING, "StaleNonce")
    assert outcomes(second)[1] == (State.FAILED, "SkippedInARow")
    recorded(third, EventType.COMMENTED)
    drain()
    assert_recorded_once(chain, third)


def test_run__filings_recorded_from_elsewhere_twice_in_a_row__nothing_fails(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    """Whoever holds the promise of a filing may record it at any moment."""
    filed = complaints(0)
    for _ in range(2):
        (complaint,) = complaints(1)
        recorded(complaint, EventType.COMMENTED, EventType.RESOLVED)
        filed.append(complaint)
        with manual_mining(chain):
            relay.run_once()
            chain.anvil.rpc("eth_sendTransaction", filing_call(chain, complaint))
        drain()
        assert outcomes(complaint)[1:] == [(State.PENDING, "PredecessorSkipped")] * 2
    events_sync(registry=chain.registry)
    Write.objects.update(next_attempt_at=None)
    drain()
    assert_recorded_once(chain, *filed)


def test_run__entry_that_another_transaction_skipped__changes_nothing_here(
    chain: Chain, relay: Relay, drain: Drain, complaints: File
) -> None:
    (complaint,) = complaints(1)
    drain()
    recorded(complaint, EventType.COMMENTED)
    hostile = other_recorder(chain)
    # In the same block, an EntrySkipped with our complaint and our nonce, which is not ours.
    with manual_mining(chain):
        relay.run_once()
        late = entry_call(chain, complaint, EventType.NOTED, 1, hostile)
        base_fee = chain.anvil.head()["baseFeePerGas"]
        chain.anvil.rpc("eth_sendTransaction", late | {"maxPriorityFeePerGas": "0x1", "maxFeePerGas": base_fee})
    drain()
    assert Transaction.objects.filter(skipped__gt=0).count() == 0
    assert_recorded_once(chain, complaint)


def test_run__two_relays_with_keys_of_their_own_on_one_database__never_the_same_write(
    chain: Chain, relay: Relay, complaints: File
) -> None:
    second = Relay(
        registry=chain.registry,
        signer=LocalSigner("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    )
    for role in ("INTAKE_ROLE", "RECORDER_ROLE", "SLA_MANAGER_ROLE"):
        chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", role, second.signer.address))
    filed = complaints(4)
    for _ in range(4):
        for each in (relay, second):
            each.run_once()
        for complaint in filed:
            recorded(complaint, EventType.COMMENTED)
    for _ in range(6):
        relay.run_once()
        second.run_once()
    assert_recorded_once(chain, *filed)
    assert sum(Transaction.objects.values_list("skipped", flat=True)) == 0


def test_run__restored_backup__what_landed_after_it_is_recognised(chain: Chain, drain: Drain, complaints: File) -> None:
    (complaint,) = complaints(1)
    recorded(complaint, EventType.SLA_PAUSED, EventType.COMMENTED)
    drain()
    # As if the backup had been made before anything was sent.
    Write.objects.update(state=State.PENDING, transaction=None, tx_hash="", block_hash="", attempts=0)
    Write.objects.update(block_number=None, log_index=None, sequence=None, timestamp=None)
    Attempt.objects.all().delete()
    Transaction.objects.all().delete()
    for _ in range(3):
        drain()
    events_sync(registry=chain.registry)
    assert_recorded_once(chain, complaint)
    assert len(links_on_chain(chain, complaint)) == 3
    assert RelayLease.objects.get().stopped_reason == ""
