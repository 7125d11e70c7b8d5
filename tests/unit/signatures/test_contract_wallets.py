"""Officers and complainants who sign with a contract wallet (ERC-1271)."""

import pytest

from tests.support.contract import Contract, reverts
from tests.support.entries import Objection, SignedEntry, bound_id, data_hash, subject
from tests.support.registry import Registry
from tests.support.signing import Signable
from tests.support.spec import EventType

RECORDER_ROLE = "RECORDER_ROLE"
# Wallet.Answer
REVERT, SHORT, WRONG_MAGIC = 1, 2, 3


@pytest.fixture
def signed(registry: Registry, complaint: bytes, wallet: Contract) -> SignedEntry:
    """By the wallet, which has the role; not approved yet."""
    registry.grant(RECORDER_ROLE, wallet.address)
    registry.create(complaint)
    return registry.signed(registry.entry(complaint, EventType.ASSIGNED), actor=wallet.address)


@pytest.fixture
def objection(registry: Registry, wallet: Contract) -> Objection:
    """By the wallet, to a complaint of its own; not approved yet."""
    registry.create(bound_id(subject(1), wallet.address))
    return registry.objection(1, complainant=wallet.address)


def approve(registry: Registry, wallet: Contract, content: Signable, yes: bool = True) -> None:
    wallet.send("approve", registry.digest(content), yes, sender=registry.actors.signer)


@pytest.mark.parametrize("signature", [b"", b"\x01", bytes(65), bytes(200)], ids=["empty", "short", "65", "long"])
def test_wallet__approves_an_entry__is_on_record(
    registry: Registry, wallet: Contract, signed: SignedEntry, signature: bytes
) -> None:
    approve(registry, wallet, signed)
    assert registry.record_signed(signed, signature).event.args["actor"] == wallet.address


@pytest.mark.parametrize("signature", [b"", b"\x01", bytes(65), bytes(200)], ids=["empty", "short", "65", "long"])
def test_wallet__approves_an_objection__is_on_record(
    registry: Registry, wallet: Contract, objection: Objection, signature: bytes
) -> None:
    approve(registry, wallet, objection)
    assert registry.object(objection, signature).event.args["actor"] == wallet.address


def test_wallet__approves_something_else__reverts(
    registry: Registry, wallet: Contract, signed: SignedEntry, objection: Objection
) -> None:
    approve(registry, wallet, signed.but(data=data_hash(3)))
    with reverts("InvalidSignature", signer=wallet.address):
        registry.record_signed(signed, b"")
    approve(registry, wallet, objection.but(data=data_hash(3)))
    with reverts("InvalidSignature", signer=wallet.address):
        registry.object(objection, b"")


def test_wallet__changes_its_mind__reverts(registry: Registry, wallet: Contract, signed: SignedEntry) -> None:
    approve(registry, wallet, signed)
    approve(registry, wallet, signed, yes=False)
    with reverts("InvalidSignature", signer=wallet.address):
        registry.record_signed(signed, b"")


@pytest.mark.parametrize("answer", [REVERT, SHORT, WRONG_MAGIC], ids=["reverts", "short_answer", "wrong_magic"])
def test_wallet__misbehaves__reverts(
    registry: Registry, wallet: Contract, signed: SignedEntry, objection: Objection, answer: int, signer: str
) -> None:
    approve(registry, wallet, signed)
    approve(registry, wallet, objection)
    wallet.send("answerWith", answer, sender=signer)
    with reverts("InvalidSignature", signer=wallet.address):
        registry.record_signed(signed, b"")
    with reverts("InvalidSignature", signer=wallet.address):
        registry.object(objection, b"")


def test_wallet__without_role__reverts(registry: Registry, wallet: Contract, signed: SignedEntry) -> None:
    approve(registry, wallet, signed)
    registry.revoke(RECORDER_ROLE, wallet.address)
    refusal = {"account": wallet.address, "neededRole": registry.role(RECORDER_ROLE)}
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        registry.record_signed(signed, b"")


def test_wallet__approval_replayed__is_stale(
    registry: Registry, wallet: Contract, signed: SignedEntry, objection: Objection
) -> None:
    approve(registry, wallet, signed)
    registry.record_signed(signed, b"")
    with reverts("StaleNonce", complaintId=signed.entry.complaint_id, expected=2, given=1):
        registry.record_signed(signed, b"")
    approve(registry, wallet, objection)
    registry.object(objection, b"")
    with reverts("StaleNonce", complaintId=objection.complaint_id, expected=1, given=0):
        registry.object(objection, b"")


def test_contract_that_is_no_wallet__with_role__reverts(registry: Registry, signed: SignedEntry) -> None:
    registry.grant(RECORDER_ROLE, registry.address)
    with reverts("InvalidSignature", signer=registry.address):
        registry.record_signed(signed.but(actor=registry.address), bytes(65))
