"""Accounts that delegate to code (EIP-7702), by real transactions of type 4, as signers and as senders.

On a chain of their own: the suite's follows the rules of Cancun, under which there are none.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.actors import Actors
from tests.support.anvil import anvil
from tests.support.contract import Contract, deploy, reverts
from tests.support.entries import complaint_id
from tests.support.registry import Registry, constructor_arguments
from tests.support.solc import HELPERS, compile_contracts
from tests.support.spec import ROLE_OF, EventType
from tests.support.wallets import delegate, through
from tests.support.writes import RECORDING, WRITES, Route, Write, every

BY_KEY = 4  # Wallet.Answer
OFFICER = tuple(write for write in RECORDING if write.route is Route.SIGNED)
OPEN_TO_ALL = tuple(write for write in WRITES if write not in RECORDING)
SENT = (*(write for write in RECORDING if write.route is Route.SINGLE), Write(EventType.COMMENTED, Route.BATCH))


@pytest.fixture(scope="module")
def prague(registry_abi: list[dict[str, Any]], registry_bytecode: bytes) -> Iterator[Registry]:
    """A registry on a chain on which accounts may delegate; the signer has delegated to a wallet's code."""
    with anvil("--hardfork", "prague") as node:
        node.start_clock()
        actors = Actors.of(node)
        contract = deploy(node, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors))
        registry = Registry(node, contract.address, registry_abi, actors)
        artifact = compile_contracts(HELPERS / "Wallet.sol")["Wallet"]
        code = deploy(node, actors.deployer, artifact.abi, artifact.bytecode)
        for account in (actors.signer, actors.complainant, actors.newcomer):
            delegate(node, account, code.address, sender=actors.relayer)
        yield registry


@pytest.fixture(autouse=True)
def _undone(prague: Registry) -> Iterator[None]:
    with prague.node.undone():
        yield


@pytest.fixture(scope="module")
def wallet_abi() -> list[dict[str, Any]]:
    return compile_contracts(HELPERS / "Wallet.sol")["Wallet"].abi


def account(registry: Registry, address: str, abi: list[dict[str, Any]]) -> Contract:
    """A delegated account, as the wallet that it is."""
    return Contract(registry.node, address, abi)


@every(*OFFICER)
def test_record_signed__delegated_signer__its_raw_key_is_not_accepted(
    prague: Registry, complaint: bytes, write: Write
) -> None:
    """Its code decides what it signs, and this code approves digests one by one."""
    write.prepare(prague, complaint)
    signed = prague.signed(write.entry(prague, complaint))
    with reverts("InvalidSignature", signer=signed.actor):
        prague.record_signed(signed, prague.sign_entry(signed))


@every(*OFFICER)
def test_record_signed__delegated_signer__its_code_is_asked(
    prague: Registry, complaint: bytes, wallet_abi: list[dict[str, Any]], write: Write
) -> None:
    write.prepare(prague, complaint)
    signed = prague.signed(write.entry(prague, complaint))
    signer = account(prague, signed.actor, wallet_abi)
    signer.send("approve", prague.digest(signed), True, sender=prague.actors.stranger)
    assert prague.record_signed(signed, b"").event.args["actor"] == signed.actor


def test_record_signed__delegated_signer_whose_code_accepts_its_key__is_accepted(
    prague: Registry, complaint: bytes, wallet_abi: list[dict[str, Any]]
) -> None:
    prague.create(complaint)
    signed = prague.signed(prague.entry(complaint, EventType.COMMENTED))
    account(prague, signed.actor, wallet_abi).send("answerWith", BY_KEY, sender=prague.actors.stranger)
    signature = prague.sign_entry(signed)
    with reverts("InvalidSignature", signer=signed.actor):
        prague.record_signed(signed, prague.sign_entry(signed, signer=prague.actors.recorder))
    assert prague.record_signed(signed, signature).event.args["actor"] == signed.actor


def test_log_objection__delegated_complainant__its_raw_key_is_not_accepted_unless_its_code_says_so(
    prague: Registry, complaint: bytes, wallet_abi: list[dict[str, Any]]
) -> None:
    prague.create(complaint)
    objection = prague.objection(1)
    signature = prague.sign_objection(objection)
    with reverts("InvalidSignature", signer=objection.complainant):
        prague.object(objection, signature)
    account(prague, objection.complainant, wallet_abi).send("answerWith", BY_KEY, sender=prague.actors.stranger)
    assert prague.object(objection, signature).event.args["actor"] == objection.complainant


def test_record_signed__delegation_withdrawn__its_raw_key_is_accepted_again(prague: Registry, complaint: bytes) -> None:
    prague.create(complaint)
    signed = prague.signed(prague.entry(complaint, EventType.COMMENTED))
    signature = prague.sign_entry(signed)
    with reverts("InvalidSignature", signer=signed.actor):
        prague.record_signed(signed, signature)
    delegate(prague.node, signed.actor, "0x" + "00" * 20, sender=prague.actors.relayer)
    assert prague.record_signed(signed, signature).event.args["actor"] == signed.actor


@every(*SENT)
@pytest.mark.parametrize("way", ["own_transaction", "told_by_a_stranger"])
def test_any_write__delegated_account_with_the_role__is_on_record_as_its_own(
    prague: Registry, complaint: bytes, wallet_abi: list[dict[str, Any]], write: Write, way: str
) -> None:
    newcomer, stranger = prague.actors.newcomer, prague.actors.stranger
    prague.grant(ROLE_OF[write.event_type], newcomer)
    write.prepare(prague, complaint)
    data = write.calldata(prague, complaint)
    if way == "own_transaction":
        sent = prague.send_data(data, sender=newcomer)
    else:
        sent = through(account(prague, newcomer, wallet_abi), prague, data, sender=stranger)
    assert sent.event.args["actor"] == newcomer


@every(*OPEN_TO_ALL)
@pytest.mark.parametrize("way", ["own_transaction", "told_by_a_stranger"])
def test_any_write_open_to_all__by_a_delegated_account__is_on_record_as_for_others(
    prague: Registry, complaint: bytes, wallet_abi: list[dict[str, Any]], write: Write, way: str
) -> None:
    newcomer, actors = prague.actors.newcomer, prague.actors
    account(prague, actors.complainant, wallet_abi).send("answerWith", BY_KEY, sender=actors.stranger)
    write.prepare(prague, complaint)
    data = write.calldata(prague, complaint)
    if way == "own_transaction":
        sent = prague.send_data(data, sender=newcomer)
    else:
        sent = through(account(prague, newcomer, wallet_abi), prague, data, sender=actors.stranger)
    actor = newcomer if write.event_type is EventType.ESCALATED else write.actor(prague)
    assert (sent.event.args["eventType"], sent.event.args["actor"]) == (write.event_type, actor)


def test_any_write__delegated_account_without_the_role__is_refused(
    prague: Registry, wallet_abi: list[dict[str, Any]]
) -> None:
    newcomer, operator = prague.actors.newcomer, prague.actors.operator
    refusal = {"account": newcomer, "neededRole": prague.role("INTAKE_ROLE")}
    data = prague.calldata(prague.entry(complaint_id(5), EventType.CREATED))
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        prague.send_data(data, sender=newcomer)
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        through(account(prague, newcomer, wallet_abi), prague, data, sender=operator)
