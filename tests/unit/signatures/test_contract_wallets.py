"""Officers who sign with a contract wallet (ERC-1271)."""

import pytest
from eth_utils import keccak

from tests.support.contract import Contract, reverts
from tests.support.registry import Registry, data_hash
from tests.support.signing import SignedEvent, digest
from tests.support.spec import MAX_UINT40, EventType

RECORDER_ROLE = keccak(text="RECORDER_ROLE")
# Wallet.Answer
REVERT, SHORT, WRONG_MAGIC = 1, 2, 3


@pytest.fixture
def event(registry: Registry, complaint: bytes, wallet: Contract, admin: str) -> SignedEvent:
    """By the wallet, which has the role; not approved yet."""
    registry.send("grantRole", RECORDER_ROLE, wallet.address, sender=admin)
    registry.create(complaint)
    return SignedEvent(complaint, EventType.ASSIGNED, data_hash(2), 2, wallet.address, MAX_UINT40)


def approve(registry: Registry, wallet: Contract, event: SignedEvent, yes: bool = True) -> None:
    wallet.send("approve", digest(event, registry.node.chain_id, registry.address), yes, sender=registry.actors.signer)


@pytest.mark.parametrize("signature", [b"", b"\x01", bytes(65), bytes(200)], ids=["empty", "short", "65", "long"])
def test_wallet__approves__is_on_record(
    registry: Registry, wallet: Contract, event: SignedEvent, signature: bytes
) -> None:
    approve(registry, wallet, event)
    sent = registry.log_signed(event, signature)
    assert sent.event.args["actor"] == wallet.address


def test_wallet__approves_another_event__reverts(registry: Registry, wallet: Contract, event: SignedEvent) -> None:
    approve(registry, wallet, event.but(data_hash=data_hash(3)))
    with reverts("InvalidSignature", actor=wallet.address):
        registry.log_signed(event, b"")


def test_wallet__changes_its_mind__reverts(registry: Registry, wallet: Contract, event: SignedEvent) -> None:
    approve(registry, wallet, event)
    approve(registry, wallet, event, yes=False)
    with reverts("InvalidSignature", actor=wallet.address):
        registry.log_signed(event, b"")


@pytest.mark.parametrize("answer", [REVERT, SHORT, WRONG_MAGIC], ids=["reverts", "short_answer", "wrong_magic"])
def test_wallet__misbehaves__reverts(
    registry: Registry, wallet: Contract, event: SignedEvent, answer: int, signer: str
) -> None:
    approve(registry, wallet, event)
    wallet.send("answerWith", answer, sender=signer)
    with reverts("InvalidSignature", actor=wallet.address):
        registry.log_signed(event, b"")


def test_wallet__without_role__reverts(registry: Registry, wallet: Contract, event: SignedEvent, admin: str) -> None:
    approve(registry, wallet, event)
    registry.send("revokeRole", RECORDER_ROLE, wallet.address, sender=admin)
    with reverts("AccessControlUnauthorizedAccount", account=wallet.address, neededRole=RECORDER_ROLE):
        registry.log_signed(event, b"")


def test_wallet__approval_replayed__is_stale(registry: Registry, wallet: Contract, event: SignedEvent) -> None:
    approve(registry, wallet, event)
    registry.log_signed(event, b"")
    with reverts("StaleSequence", complaintId=event.complaint_id, expected=3, given=2):
        registry.log_signed(event, b"")


def test_contract_that_is_no_wallet__with_role__reverts(registry: Registry, event: SignedEvent, admin: str) -> None:
    registry.send("grantRole", RECORDER_ROLE, registry.address, sender=admin)
    event = event.but(actor=registry.address)
    with reverts("InvalidSignature", actor=registry.address):
        registry.log_signed(event, bytes(65))
