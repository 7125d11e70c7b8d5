"""Entries that an officer signs and a relayer sends."""

from collections.abc import Callable

import pytest

from tests.support.contract import reverts
from tests.support.entries import SignedEntry, data_hash
from tests.support.registry import Registry
from tests.support.spec import MAX_UINT40, ROLE_OF, ZERO_ADDRESS, EventType
from tests.support.writes import RECORDING, Route, Write, every

SIGNED = tuple(write for write in RECORDING if write.route is Route.SIGNED)
RECORDER_ROLE = "RECORDER_ROLE"

every_signed = every(*SIGNED)


@pytest.fixture
def signed(registry: Registry, complaint: bytes) -> SignedEntry:
    """By the signer, for the second link of a complaint, valid for an hour."""
    registry.create(complaint)
    entry = registry.entry(complaint, EventType.COMMENTED)
    return registry.signed(entry, valid_until=registry.node.time + 3_600)


@every_signed
@pytest.mark.parametrize("who", ["relayer", "signer"])
def test_record_signed__every_kind__is_on_record_as_its_actors_whoever_sends_it(
    registry: Registry, complaint: bytes, signer: str, write: Write, who: str
) -> None:
    write.prepare(registry, complaint)
    sent = write.send(registry, complaint, sender=getattr(registry.actors, who))
    assert (sent.event.args["eventType"], sent.event.args["actor"]) == (write.event_type, signer)


@every_signed
def test_record_signed__or_sent_by_the_actor__makes_the_same_link(
    registry: Registry, complaint: bytes, signer: str, write: Write
) -> None:
    write.prepare(registry, complaint)
    at = registry.node.time + 10
    entry = write.entry(registry, complaint)
    with registry.node.undone():
        own = registry.record(entry, sender=signer, at=at)
        expected = own.events, registry.complaint(complaint), registry.filings()
    sent = registry.record_signed(registry.signed(entry), at=at)
    assert (sent.events, registry.complaint(complaint), registry.filings()) == expected


@every_signed
def test_record_signed__actor_without_the_role_of_the_kind__reverts(
    registry: Registry, complaint: bytes, signer: str, write: Write
) -> None:
    write.prepare(registry, complaint)
    role = ROLE_OF[write.event_type]
    registry.revoke(role, signer)
    with reverts("AccessControlUnauthorizedAccount", account=signer, neededRole=registry.role(role)):
        write.send(registry, complaint)
    # The sender's roles count for nothing.
    with reverts("AccessControlUnauthorizedAccount", account=signer, neededRole=registry.role(role)):
        write.send(registry, complaint, sender=registry.actors.operator)


@pytest.mark.parametrize("left", [3_000, 1, 0], ids=["long_before", "a_second_before", "at_valid_until"])
def test_record_signed__not_expired__is_accepted(registry: Registry, signed: SignedEntry, left: int) -> None:
    registry.record_signed(signed, at=signed.valid_until - left)
    assert registry.nonce(signed.entry.complaint_id) == 2


@pytest.mark.parametrize("late", [1, 1_000_000], ids=["a_second_after", "long_after"])
def test_record_signed__expired__reverts(registry: Registry, signed: SignedEntry, late: int) -> None:
    with reverts("SignatureExpired", validUntil=signed.valid_until):
        registry.record_signed(signed, at=signed.valid_until + late)


def test_record_signed__valid_until_zero__is_expired(registry: Registry, signed: SignedEntry) -> None:
    with reverts("SignatureExpired", validUntil=0):
        registry.record_signed(signed.but(valid_until=0))


def test_record_signed__valid_for_ever__is_accepted_at_the_end_of_time(registry: Registry, signed: SignedEntry) -> None:
    registry.record_signed(signed.but(valid_until=MAX_UINT40), at=MAX_UINT40)
    assert registry.nonce(signed.entry.complaint_id) == 2


def test_record_signed__before_it_is_meant__is_stale_until_its_turn(registry: Registry, signed: SignedEntry) -> None:
    later = signed.but(nonce=2, data=data_hash(3))
    signature = registry.sign_entry(later)
    with reverts("StaleNonce", complaintId=signed.entry.complaint_id, expected=1, given=2):
        registry.record_signed(later, signature)
    registry.record_signed(signed)
    registry.record_signed(later, signature)
    assert registry.nonce(signed.entry.complaint_id) == 3


def test_record_signed__replayed__is_stale(registry: Registry, signed: SignedEntry) -> None:
    signature = registry.sign_entry(signed)
    registry.record_signed(signed, signature)
    after = registry.complaint(signed.entry.complaint_id)
    with reverts("StaleNonce", complaintId=signed.entry.complaint_id, expected=2, given=1):
        registry.record_signed(signed, signature)
    assert registry.complaint(signed.entry.complaint_id) == after


def test_record_signed__replayed_on_another_registry__reverts(
    registry: Registry, deploy_registry: Callable[..., Registry], signed: SignedEntry
) -> None:
    twin = deploy_registry()
    twin.create(signed.entry.complaint_id)
    with reverts("InvalidSignature", signer=signed.actor):
        twin.record_signed(signed, registry.sign_entry(signed))
    twin.record_signed(signed)


@pytest.mark.parametrize("who", ["stranger", "sla_manager", "intake", "admin", "relayer"])
def test_record_signed__actor_never_had_the_role__reverts(registry: Registry, signed: SignedEntry, who: str) -> None:
    actor = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=actor, neededRole=registry.role(RECORDER_ROLE)):
        registry.record_signed(signed.but(actor=actor))


def test_record_signed__role_lost_between_signing_and_sending__reverts_until_it_is_back(
    registry: Registry, signed: SignedEntry
) -> None:
    signature = registry.sign_entry(signed)
    registry.revoke(RECORDER_ROLE, signed.actor)
    with reverts("AccessControlUnauthorizedAccount", account=signed.actor, neededRole=registry.role(RECORDER_ROLE)):
        registry.record_signed(signed, signature)
    registry.grant(RECORDER_ROLE, signed.actor)
    registry.record_signed(signed, signature)


@pytest.mark.parametrize("signature", [b"", bytes(65), bytes(64) + b"\x1b"], ids=["empty", "zeros", "v_27"])
def test_record_signed__zero_address_as_actor__reverts(
    registry: Registry, signed: SignedEntry, signature: bytes
) -> None:
    """A recovery that fails gives the zero address: it must not be an officer."""
    refusal = {"account": ZERO_ADDRESS, "neededRole": registry.role(RECORDER_ROLE)}
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        registry.record_signed(signed.but(actor=ZERO_ADDRESS), signature)


def test_record_signed__zero_address_with_the_role__is_no_signer(registry: Registry, signed: SignedEntry) -> None:
    registry.grant(RECORDER_ROLE, ZERO_ADDRESS)
    with reverts("InvalidSignature", signer=ZERO_ADDRESS):
        registry.record_signed(signed.but(actor=ZERO_ADDRESS), bytes(64) + b"\x1b")
