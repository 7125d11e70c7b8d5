"""Events that an officer signs and a relayer sends (rule 9)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eth_utils import keccak

from tests.support.contract import reverts
from tests.support.node import Node
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.signing import ORDER, SignedEvent, compact, malleate, sign_typed_data
from tests.support.spec import MAX_UINT40, ZERO_ADDRESS, EventType

RECORDER_ROLE = keccak(text="RECORDER_ROLE")


@pytest.fixture
def event(registry: Registry, complaint: bytes, signer: str) -> SignedEvent:
    """The second link of a complaint, valid for an hour."""
    registry.create(complaint)
    return SignedEvent(complaint, EventType.COMMENTED, data_hash(2), 2, signer, registry.node.time + 3_600)


@pytest.mark.parametrize("who", ["relayer", "stranger", "signer", "admin", "recorder"])
def test_signed_event__signed_by_its_actor__is_on_record_as_the_actors_whoever_sends_it(
    registry: Registry, event: SignedEvent, signer: str, who: str
) -> None:
    sent = registry.log_signed(event, registry.sign(event), sender=getattr(registry.actors, who))
    assert sent.event.args["actor"] == signer
    assert registry.complaint(event.complaint_id).event_count == 2


def test_signed_event__or_sent_by_the_actor__makes_the_same_link(registry: Registry, event: SignedEvent) -> None:
    at = registry.node.time + 10
    with registry.node.undone():
        own = registry.log(event.complaint_id, event.event_type, event.data_hash, 2, sender=event.actor, at=at)
        expected = own.events, registry.complaint(event.complaint_id)
    sent = registry.log_signed(event, registry.sign(event), at=at)
    assert (sent.events, registry.complaint(event.complaint_id)) == expected


@pytest.mark.parametrize("left", [3_000, 1, 0], ids=["long_before", "a_second_before", "at_valid_until"])
def test_signed_event__not_expired__is_accepted(registry: Registry, event: SignedEvent, left: int) -> None:
    registry.log_signed(event, registry.sign(event), at=event.valid_until - left)
    assert registry.complaint(event.complaint_id).event_count == 2


@pytest.mark.parametrize("late", [1, 1_000_000], ids=["a_second_after", "long_after"])
def test_signed_event__expired__reverts(registry: Registry, event: SignedEvent, late: int) -> None:
    with reverts("SignatureExpired", validUntil=event.valid_until):
        registry.log_signed(event, registry.sign(event), at=event.valid_until + late)


def test_signed_event__valid_until_zero__is_expired(registry: Registry, event: SignedEvent) -> None:
    event = event.but(valid_until=0)
    with reverts("SignatureExpired", validUntil=0):
        registry.log_signed(event, registry.sign(event))


def test_signed_event__valid_for_ever__is_accepted_at_the_end_of_time(registry: Registry, event: SignedEvent) -> None:
    event = event.but(valid_until=MAX_UINT40)
    registry.log_signed(event, registry.sign(event), at=MAX_UINT40)
    assert registry.complaint(event.complaint_id).event_count == 2


def test_signed_event__before_it_is_meant__is_stale_until_its_turn(registry: Registry, event: SignedEvent) -> None:
    later = event.but(sequence=3, data_hash=data_hash(3))
    signature = registry.sign(later)
    with reverts("StaleSequence", complaintId=event.complaint_id, expected=2, given=3):
        registry.log_signed(later, signature)
    registry.log_signed(event, registry.sign(event))
    registry.log_signed(later, signature)
    assert registry.complaint(event.complaint_id).event_count == 3


CHANGES: dict[str, dict[str, Any]] = {
    "complaint_id": {"complaint_id": complaint_id(2)},
    "event_type": {"event_type": EventType.ASSIGNED},
    "data_hash": {"data_hash": data_hash(3)},
    "sequence": {"sequence": 3},
    "valid_until": {"valid_until": MAX_UINT40},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_signed_event__field_changed_after_signing__reverts(
    registry: Registry, event: SignedEvent, changes: dict[str, Any]
) -> None:
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event.but(**changes), registry.sign(event))


def test_signed_event__actor_changed_after_signing__reverts(
    registry: Registry, event: SignedEvent, recorder: str
) -> None:
    with reverts("InvalidSignature", actor=recorder):
        registry.log_signed(event.but(actor=recorder), registry.sign(event))


@pytest.mark.parametrize("who", ["recorder", "second_recorder", "admin", "stranger", "relayer"])
def test_signed_event__signed_by_another__reverts(registry: Registry, event: SignedEvent, who: str) -> None:
    signature = registry.sign(event, signer=getattr(registry.actors, who))
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, signature)


def with_domain(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda typed_data: typed_data["domain"].update(changes)


def rename_type(typed_data: dict[str, Any]) -> None:
    typed_data["types"]["Complaint"] = typed_data["types"].pop("ComplaintEvent")
    typed_data["primaryType"] = "Complaint"


def widen_event_type(typed_data: dict[str, Any]) -> None:
    typed_data["types"]["ComplaintEvent"] = [
        {**item, "type": "uint16"} if item["name"] == "eventType" else item
        for item in typed_data["types"]["ComplaintEvent"]
    ]


OTHER_DOMAINS: dict[str, Callable[[dict[str, Any]], None]] = {
    "chain": with_domain(chainId=1),
    "contract": with_domain(verifyingContract="0x" + "11" * 20),
    "domain_name": with_domain(name="OtherRegistry"),
    "domain_version": with_domain(version="2"),
    "primary_type": rename_type,
    "field_type": widen_event_type,
}


@pytest.mark.parametrize("change", OTHER_DOMAINS.values(), ids=OTHER_DOMAINS.keys())
def test_signed_event__signed_for_another_domain_or_type__reverts(
    registry: Registry, event: SignedEvent, change: Callable[[dict[str, Any]], None]
) -> None:
    typed_data = event.typed_data(registry.node.chain_id, registry.address)
    change(typed_data)
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, sign_typed_data(registry.node, event.actor, typed_data))


@contextmanager
def forked(node: Node, chain_id: int) -> Iterator[None]:
    """The chain goes on under another id, as after a contentious fork."""
    before = node.chain_id
    node.rpc("anvil_setChainId", chain_id)
    try:
        yield
    finally:
        node.rpc("anvil_setChainId", before)


def simulate(registry: Registry, event: SignedEvent, signature: bytes) -> None:
    """A call: the node's accounts do not sign transactions for a forked chain."""
    fields = (event.complaint_id, event.event_type, event.data_hash, event.sequence, event.actor, event.valid_until)
    registry.call("logComplaintEventWithSignature", *fields, signature, sender=registry.actors.relayer)


def test_signed_event__chain_forked_since__is_valid_on_one_side_only(registry: Registry, event: SignedEvent) -> None:
    signature = registry.sign(event)
    with forked(registry.node, 77_777):
        with reverts("InvalidSignature", actor=event.actor):
            simulate(registry, event, signature)
        of_the_fork = registry.sign(event)
        simulate(registry, event, of_the_fork)
    simulate(registry, event, signature)
    with reverts("InvalidSignature", actor=event.actor):
        simulate(registry, event, of_the_fork)


@pytest.mark.parametrize("who", ["stranger", "sla_manager", "admin", "relayer"])
def test_signed_event__actor_without_role__reverts(registry: Registry, event: SignedEvent, who: str) -> None:
    actor = getattr(registry.actors, who)
    event = event.but(actor=actor)
    with reverts("AccessControlUnauthorizedAccount", account=actor, neededRole=RECORDER_ROLE):
        registry.log_signed(event, registry.sign(event))


def test_signed_event__role_revoked_between_signing_and_sending__reverts(
    registry: Registry, event: SignedEvent, signer: str, admin: str
) -> None:
    signature = registry.sign(event)
    registry.send("revokeRole", RECORDER_ROLE, signer, sender=admin)
    with reverts("AccessControlUnauthorizedAccount", account=signer, neededRole=RECORDER_ROLE):
        registry.log_signed(event, signature)
    registry.send("grantRole", RECORDER_ROLE, signer, sender=admin)
    registry.log_signed(event, signature)


@pytest.mark.parametrize("signature", [b"", bytes(65), bytes(64) + b"\x1b"], ids=["empty", "zeros", "v_27"])
def test_signed_event__zero_address_as_actor__reverts(registry: Registry, event: SignedEvent, signature: bytes) -> None:
    """A recovery that fails gives the zero address: it must not be an officer."""
    with reverts("AccessControlUnauthorizedAccount", account=ZERO_ADDRESS, neededRole=RECORDER_ROLE):
        registry.log_signed(event.but(actor=ZERO_ADDRESS), signature)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "one_byte_short": lambda signature: signature[:64],
    "one_byte_long": lambda signature: signature + b"\x00",
    "compact": compact,
    "malleated": malleate,
    "high_s_only": lambda signature: malleate(signature)[:64] + signature[64:],
    "other_v": lambda signature: signature[:64] + bytes([55 - signature[64]]),
    "v_0_or_1": lambda signature: signature[:64] + bytes([signature[64] - 27]),
    "v_29": lambda signature: signature[:64] + b"\x1d",
    "flipped_bit_in_r": lambda signature: bytes([signature[0] ^ 1]) + signature[1:],
    "flipped_bit_in_s": lambda signature: signature[:63] + bytes([signature[63] ^ 1]) + signature[64:],
    "zeros": lambda _: bytes(65),
    "ones": lambda _: b"\xff" * 65,
    "r_and_s_swapped": lambda signature: signature[32:64] + signature[:32] + signature[64:],
    "twice": lambda signature: signature * 2,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_signed_event__spoilt_bytes__revert(
    registry: Registry, event: SignedEvent, spoil: Callable[[bytes], bytes]
) -> None:
    signature = registry.sign(event)
    assert int.from_bytes(signature[32:64]) <= ORDER // 2
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, spoil(signature))


def test_signed_event__replayed__is_stale(registry: Registry, event: SignedEvent) -> None:
    signature = registry.sign(event)
    registry.log_signed(event, signature)
    after = registry.complaint(event.complaint_id)
    with reverts("StaleSequence", complaintId=event.complaint_id, expected=3, given=2):
        registry.log_signed(event, signature)
    assert registry.complaint(event.complaint_id) == after


def test_signed_event__replayed_on_another_registry__reverts(
    registry: Registry, deploy_registry: Callable[..., Registry], event: SignedEvent
) -> None:
    twin = deploy_registry()
    twin.create(event.complaint_id)
    with reverts("InvalidSignature", actor=event.actor):
        twin.log_signed(event, registry.sign(event))
    twin.log_signed(event, twin.sign(event))


def test_signed_event__that_creates__opens_the_complaint(registry: Registry, complaint: bytes, signer: str) -> None:
    event = SignedEvent(complaint, EventType.CREATED, data_hash(1), 1, signer, MAX_UINT40)
    registry.log_signed(event, registry.sign(event))
    assert registry.complaint(complaint).event_count == 1
