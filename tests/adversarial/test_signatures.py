"""An attacker who holds signatures that officers have really made."""

from typing import Any

import pytest

from tests.support.codec import AbiItem
from tests.support.contract import Contract, deploy, reverts
from tests.support.registry import Registry, complaint_id, constructor_arguments, data_hash
from tests.support.signing import SignedEvent, malleate, sign_typed_data
from tests.support.spec import DAY, MAX_UINT40, EventType

COMPLAINT = complaint_id(1)
OTHER = complaint_id(2)


@pytest.fixture
def signed(registry: Registry) -> tuple[SignedEvent, bytes]:
    """A resolution of an open complaint, signed by an officer and not yet sent."""
    registry.create(COMPLAINT)
    registry.create(OTHER)
    event = SignedEvent(COMPLAINT, EventType.RESOLVED, data_hash(2), 2, registry.actors.signer, MAX_UINT40)
    return event, registry.sign(event)


Signed = tuple[SignedEvent, bytes]


def test_signed_log__sent_twice__lands_once(registry: Registry, signed: Signed) -> None:
    registry.log_signed(*signed)
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=3, given=2):
        registry.log_signed(*signed, sender=registry.actors.stranger)


def test_signed_log__replayed_when_its_status_is_back__does_not_land_again(registry: Registry, signed: Signed) -> None:
    registry.log_signed(*signed)
    registry.log(COMPLAINT, EventType.REOPENED)
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=4, given=2):
        registry.log_signed(*signed)
    event, signature = signed
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event.but(sequence=4), signature)


@pytest.mark.parametrize(
    "change",
    [
        {"complaint_id": OTHER},
        {"event_type": EventType.REJECTED},
        {"data_hash": data_hash(99)},
        {"valid_until": MAX_UINT40 - 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_signed_log__any_field_changed__is_refused(registry: Registry, signed: Signed, change: dict[str, Any]) -> None:
    event, signature = signed
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event.but(**change), signature)


def test_signed_log__ascribed_to_another_recorder__is_refused(registry: Registry, signed: Signed) -> None:
    event, signature = signed
    victim = registry.actors.second_recorder
    with reverts("InvalidSignature", actor=victim):
        registry.log_signed(event.but(actor=victim), signature)


def test_signed_log__malleated__is_refused_before_and_after_the_original(registry: Registry, signed: Signed) -> None:
    event, signature = signed
    twin = malleate(signature)
    assert twin != signature
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, twin)
    registry.log_signed(event, signature)
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, twin)


def test_signed_log__made_for_another_chain__is_refused(registry: Registry, signed: Signed) -> None:
    event, _ = signed
    typed = event.typed_data(registry.node.chain_id + 1, registry.address)
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, sign_typed_data(registry.node, event.actor, typed))


def test_signed_log__relayed_to_a_twin_registry__is_refused_there(
    registry: Registry, signed: Signed, registry_abi: list[AbiItem], registry_bytecode: bytes
) -> None:
    actors = registry.actors
    deployed = deploy(registry.node, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors))
    twin = Registry(registry.node, deployed.address, registry_abi, actors)
    twin.create(COMPLAINT)
    event, signature = signed
    with reverts("InvalidSignature", actor=event.actor):
        twin.log_signed(event, signature)
    registry.log_signed(event, signature)


def test_signed_log__chain_forks_to_a_new_id__is_refused_on_the_new_chain(registry: Registry, signed: Signed) -> None:
    """The domain is not frozen at deployment: after a fork the signature stays on its chain."""
    event, signature = signed
    node, old = registry.node, registry.node.chain_id
    try:
        node.rpc("anvil_setChainId", old + 1)
        with reverts("InvalidSignature", actor=event.actor):
            registry.call(
                "logComplaintEventWithSignature",
                *(event.complaint_id, event.event_type, event.data_hash, event.sequence),
                *(event.actor, event.valid_until, signature),
            )
    finally:
        node.rpc("anvil_setChainId", old)
    registry.log_signed(event, signature)


def test_signed_log__signer_revoked_between_signing_and_relaying__is_refused(
    registry: Registry, signed: Signed
) -> None:
    event, signature = signed
    recorder_role = registry.call("RECORDER_ROLE")
    registry.send("revokeRole", recorder_role, event.actor, sender=registry.actors.admin)
    with reverts("AccessControlUnauthorizedAccount", account=event.actor, neededRole=recorder_role):
        registry.log_signed(event, signature, sender=registry.actors.recorder)


def test_signed_log__signer_revoked_and_granted_again__lands_unless_it_was_used(
    registry: Registry, signed: Signed
) -> None:
    """Revoking does not burn signatures; only the sequence and `validUntil` do. Officers sign short validities."""
    event, signature = signed
    recorder_role = registry.call("RECORDER_ROLE")
    for function in ("revokeRole", "grantRole"):
        registry.send(function, recorder_role, event.actor, sender=registry.actors.admin)
    assert registry.log_signed(event, signature).event.args["actor"] == event.actor


def test_signed_log__held_back_until_it_expired__is_refused(registry: Registry) -> None:
    registry.create(COMPLAINT)
    until = registry.node.time + DAY
    event = SignedEvent(COMPLAINT, EventType.CLOSED, data_hash(2), 2, registry.actors.signer, until)
    signature = registry.sign(event)
    with reverts("SignatureExpired", validUntil=until):
        registry.log_signed(event, signature, at=until + 1)
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event.but(valid_until=until + 1), signature, at=until + 1)


def test_signed_log__two_signed_for_the_same_sequence__only_the_first_lands(registry: Registry) -> None:
    """A relayer can choose between two, but not use both."""
    registry.create(COMPLAINT)
    officers = (registry.actors.signer, registry.actors.second_recorder)
    events = [SignedEvent(COMPLAINT, EventType.COMMENTED, data_hash(2), 2, officer, MAX_UINT40) for officer in officers]
    signatures = [registry.sign(event) for event in events]
    registry.log_signed(events[1], signatures[1])
    with reverts("StaleSequence", complaintId=COMPLAINT, expected=3, given=2):
        registry.log_signed(events[0], signatures[0])


@pytest.mark.parametrize("size", [0, 1, 64, 66, 10_000])
def test_signed_log__signature_of_odd_size__is_refused(registry: Registry, signed: Signed, size: int) -> None:
    event, signature = signed
    with reverts("InvalidSignature", actor=event.actor):
        registry.log_signed(event, (signature * (size // 65 + 1))[:size])


def test_signed_log__zero_address_as_actor__is_refused(registry: Registry, signed: Signed) -> None:
    """`ecrecover` answers zero for garbage: zero must have no role."""
    event, _ = signed
    zero = "0x" + "00" * 20
    with reverts("AccessControlUnauthorizedAccount", account=zero, neededRole=registry.call("RECORDER_ROLE")):
        registry.log_signed(event.but(actor=zero), bytes(65))


class TestWallet:
    """The officer is an ERC-1271 wallet, which may answer as it likes."""

    @pytest.fixture
    def event(self, registry: Registry, wallet: Contract) -> SignedEvent:
        registry.create(COMPLAINT)
        actors, node = registry.actors, registry.node
        registry.send("grantRole", registry.call("RECORDER_ROLE"), wallet.address, sender=actors.admin)
        assert node.code(wallet.address)
        return SignedEvent(COMPLAINT, EventType.COMMENTED, data_hash(2), 2, wallet.address, MAX_UINT40)

    @staticmethod
    def digest(registry: Registry, event: SignedEvent) -> bytes:
        """What the wallet is asked about."""
        from eth_account.messages import _hash_eip191_message, encode_typed_data

        typed = event.typed_data(registry.node.chain_id, registry.address)
        return bytes(_hash_eip191_message(encode_typed_data(full_message=typed)))

    def test_wallet__approves__is_on_record(self, registry: Registry, wallet: Contract, event: SignedEvent) -> None:
        wallet.send("approve", self.digest(registry, event), True, sender=registry.actors.stranger)
        assert registry.log_signed(event, b"").event.args["actor"] == wallet.address

    def test_wallet__changes_its_mind_before_the_relay__is_refused(
        self, registry: Registry, wallet: Contract, event: SignedEvent
    ) -> None:
        digest = self.digest(registry, event)
        wallet.send("approve", digest, True, sender=registry.actors.stranger)
        wallet.send("approve", digest, False, sender=registry.actors.stranger)
        with reverts("InvalidSignature", actor=wallet.address):
            registry.log_signed(event, b"")

    def test_wallet__changes_its_mind_after_the_relay__changes_nothing(
        self, registry: Registry, wallet: Contract, event: SignedEvent
    ) -> None:
        digest = self.digest(registry, event)
        wallet.send("approve", digest, True, sender=registry.actors.stranger)
        registry.log_signed(event, b"")
        before = registry.complaint(COMPLAINT)
        wallet.send("approve", digest, False, sender=registry.actors.stranger)
        wallet.send("approve", digest, True, sender=registry.actors.stranger)
        with reverts("StaleSequence", complaintId=COMPLAINT, expected=3, given=2):
            registry.log_signed(event, b"")
        assert registry.complaint(COMPLAINT) == before

    @pytest.mark.parametrize("answer", [1, 2, 3], ids=["reverts", "answers_4_bytes", "answers_another_word"])
    def test_wallet__misbehaves__is_refused_by_name(
        self, registry: Registry, wallet: Contract, event: SignedEvent, answer: int
    ) -> None:
        wallet.send("approve", self.digest(registry, event), True, sender=registry.actors.stranger)
        wallet.send("answerWith", answer, sender=registry.actors.stranger)
        with reverts("InvalidSignature", actor=wallet.address):
            registry.log_signed(event, b"")

    def test_wallet__of_a_signers_key__does_not_speak_for_the_signer(
        self, registry: Registry, wallet: Contract, event: SignedEvent
    ) -> None:
        wallet.send("approve", self.digest(registry, event), True, sender=registry.actors.stranger)
        signer = registry.actors.signer
        with reverts("InvalidSignature", actor=signer):
            registry.log_signed(event.but(actor=signer), b"")
