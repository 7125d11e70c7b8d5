"""An attacker who holds signatures that officers and complainants have really made."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.contract import reverts
from tests.support.entries import Objection, SignedEntry, complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.signing import malleate, sign_typed_data, typed_data
from tests.support.spec import DAY, MAX_UINT40, EventType

Signed = tuple[SignedEntry, bytes]


@pytest.fixture
def signed(registry: Registry, complaint: bytes, other: bytes) -> Signed:
    """A resolution of an open complaint, signed by an officer and not yet sent."""
    registry.create(complaint)
    registry.create(other)
    entry = registry.signed(registry.entry(complaint, EventType.RESOLVED))
    return entry, registry.sign_entry(entry)


def test_signed__sent_twice__lands_once(registry: Registry, signed: Signed, complaint: bytes) -> None:
    registry.record_signed(*signed)
    with reverts("StaleNonce", complaintId=complaint, expected=2, given=1):
        registry.record_signed(*signed, sender=registry.actors.stranger)


def test_signed__replayed_when_its_status_is_back__does_not_land_again(
    registry: Registry, signed: Signed, complaint: bytes
) -> None:
    registry.record_signed(*signed)
    registry.log(complaint, EventType.REOPENED)
    for _ in range(3):  # whatever the complainant adds, the nonce does not come back
        registry.object(registry.objection(1))
    with reverts("StaleNonce", complaintId=complaint, expected=3, given=1):
        registry.record_signed(*signed)
    entry, signature = signed
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry.but(nonce=3), signature)


@pytest.mark.parametrize(
    "change",
    [
        {"complaint_id": complaint_id(2)},
        {"event_type": EventType.REJECTED},
        {"data": data_hash(99)},
        {"nonce": 2},
        {"valid_until": MAX_UINT40 - 1},
        {"head": b"\x01" * 22},
    ],
    ids=lambda change: next(iter(change)),
)
def test_signed__any_field_changed__is_refused(registry: Registry, signed: Signed, change: dict[str, Any]) -> None:
    entry, signature = signed
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry.but(**change), signature)


def test_signed__ascribed_to_another_recorder__is_refused(registry: Registry, signed: Signed) -> None:
    entry, signature = signed
    victim = registry.actors.second_recorder
    with reverts("InvalidSignature", signer=victim):
        registry.record_signed(entry.but(actor=victim), signature)


def test_signed__malleated__is_refused_before_and_after_the_original(registry: Registry, signed: Signed) -> None:
    entry, signature = signed
    twin = malleate(signature)
    assert twin != signature
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry, twin)
    registry.record_signed(entry, signature)
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry, twin)


def test_signed__for_another_chain_id__is_refused(registry: Registry, signed: Signed) -> None:
    entry, _ = signed
    typed = typed_data(entry, registry.genesis, registry.node.chain_id + 1, registry.address)
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry, sign_typed_data(registry.node, entry.actor, typed))


class TestTwoChainsWithOneId:
    """The same deployer, nonce, address and chain id; the chains differ in their blocks, and so in `GENESIS`."""

    @pytest.fixture
    def elsewhere(
        self, registry: Registry, complaint: bytes, deploy_registry: Callable[..., Registry]
    ) -> tuple[Registry, list[tuple[Any, bytes]]]:
        """Its twin on this chain, and what was signed for it on the other one."""
        node = registry.node
        with node.undone():
            node.warp(node.time + 100)
            there = deploy_registry(maxEscalationLevel=5)
            there.create(complaint)
            entry = there.signed(there.entry(complaint, EventType.CLOSED))
            headed = there.signed(entry.entry, head=there.complaint(complaint).head)
            objection = there.objection(1)
            signables = [(each, there.sign(each, signer=each.actor)) for each in (entry, headed)]
            signables.append((objection, there.sign_objection(objection)))
            address, genesis = there.address, there.genesis
        here = deploy_registry(maxEscalationLevel=5)
        assert (here.address, here.node.chain_id) == (address, node.chain_id)
        assert here.genesis != genesis
        return here, signables

    def test_signatures__of_the_other_chain__are_worth_nothing_here(
        self, elsewhere: tuple[Registry, list[tuple[Any, bytes]]], complaint: bytes
    ) -> None:
        registry, signables = elsewhere
        registry.create(complaint)
        for signable, signature in signables:
            is_objection = isinstance(signable, Objection)
            with reverts("InvalidSignature", signer=signable.complainant if is_objection else signable.actor):
                (registry.object if is_objection else registry.record_signed)(signable, signature)
        assert registry.complaint(complaint).event_count == 1

    def test_history__of_the_other_chain__has_other_heads(
        self, elsewhere: tuple[Registry, list[tuple[Any, bytes]]], complaint: bytes
    ) -> None:
        registry, signables = elsewhere
        registry.create(complaint)
        assert registry.complaint(complaint).head != signables[1][0].head


def test_signed__relayed_to_a_twin_registry__is_refused_there(
    registry: Registry, signed: Signed, complaint: bytes, deploy_registry: Callable[..., Registry]
) -> None:
    twin = deploy_registry()
    twin.create(complaint)
    entry, signature = signed
    with reverts("InvalidSignature", signer=entry.actor):
        twin.record_signed(entry, signature)
    registry.record_signed(entry, signature)


def test_signed__chain_forks_to_a_new_id__is_refused_on_the_new_chain(registry: Registry, signed: Signed) -> None:
    """The domain is not frozen at deployment: after a fork the signature stays on its chain."""
    entry, signature = signed
    node, old = registry.node, registry.node.chain_id
    try:
        node.rpc("anvil_setChainId", old + 1)
        with reverts("InvalidSignature", signer=entry.actor):
            registry.call("recordSigned", *entry.arguments, signature)
    finally:
        node.rpc("anvil_setChainId", old)
    registry.record_signed(entry, signature)


def test_signed__held_back_until_it_expired__is_refused(registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    until = registry.node.time + DAY
    entry = registry.signed(registry.entry(complaint, EventType.CLOSED), valid_until=until)
    signature = registry.sign_entry(entry)
    with reverts("SignatureExpired", validUntil=until):
        registry.record_signed(entry, signature, at=until + 1)
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry.but(valid_until=until + 5), signature, at=until + 5)


def test_signed__two_for_the_same_nonce__only_the_first_lands(registry: Registry, complaint: bytes) -> None:
    """A relayer can choose between two, but not use both."""
    registry.create(complaint)
    comment = registry.entry(complaint, EventType.COMMENTED)
    signed = [registry.signed(comment, actor=who) for who in (registry.actors.signer, registry.actors.second_recorder)]
    signatures = [registry.sign_entry(each) for each in signed]
    registry.record_signed(signed[1], signatures[1])
    with reverts("StaleNonce", complaintId=complaint, expected=2, given=1):
        registry.record_signed(signed[0], signatures[0])


@pytest.mark.parametrize("by", ["escalation", "objection"])
def test_signed_with_head__stranger_adds_a_link_before_it__is_stale_and_says_so(
    by: str, registry: Registry, complaint: bytes
) -> None:
    """Who attests a history attests all of it: then others can make the signature stale, and it has to be made anew."""
    deadline = registry.node.time + DAY
    registry.create_due_at(complaint, deadline)
    head = registry.complaint(complaint).head
    signed = registry.signed(registry.entry(complaint, EventType.CLOSED), head=head)
    signature = registry.sign_entry(signed)
    registry.node.warp(deadline + 1)
    with registry.node.undone():
        registry.record_signed(signed, signature)  # the breach that it records itself is no obstacle
        assert registry.complaint(complaint).escalations == 1
    if by == "escalation":
        registry.escalate(complaint)
    else:
        registry.object(registry.objection(1))
    now = registry.complaint(complaint).head
    with reverts("StaleHead", complaintId=complaint, expected=now, given=head):
        registry.record_signed(signed, signature)
    registry.record_signed(registry.signed(signed.entry, head=now))


@pytest.mark.parametrize("size", [0, 1, 64, 66, 10_000])
def test_signed__signature_of_odd_size__is_refused(registry: Registry, signed: Signed, size: int) -> None:
    entry, signature = signed
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry, (signature * (size // 65 + 1))[:size])


def test_signed__zero_address_as_actor__is_refused(registry: Registry, signed: Signed) -> None:
    """`ecrecover` answers zero for garbage: zero must have no role."""
    entry, _ = signed
    zero = "0x" + "00" * 20
    with reverts("AccessControlUnauthorizedAccount", account=zero, neededRole=registry.role("RECORDER_ROLE")):
        registry.record_signed(entry.but(actor=zero), bytes(65))
