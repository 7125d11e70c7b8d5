"""Contract accounts: it is the caller that needs the role and is on record, not who signed the transaction."""

import pytest

from tests.support.contract import Contract, reverts
from tests.support.registry import Registry
from tests.support.spec import DAY, ROLES, ZERO_HASH, EventType
from tests.support.wallets import through
from tests.support.writes import RECORDING, WRITES, Route, Write, every

SENT = tuple(write for write in RECORDING if write.route is not Route.SIGNED)
OPEN_TO_ALL = tuple(write for write in WRITES if write not in SENT)
DEFAULT_ADMIN_ROLE = ZERO_HASH


@every(*SENT)
def test_any_write__by_a_contract_with_the_role__is_on_record_as_the_contracts(
    registry: Registry, complaint: bytes, wallet: Contract, stranger: str, write: Write
) -> None:
    assert write.role is not None
    registry.grant(write.role, wallet.address)
    write.prepare(registry, complaint)
    sent = through(wallet, registry, write.calldata(registry, complaint), sender=stranger)
    assert (sent.event.args["eventType"], sent.event.args["actor"]) == (write.event_type, wallet.address)


@every(*SENT)
def test_any_write__by_a_contract_without_the_role__reverts_whoever_told_it(
    registry: Registry, complaint: bytes, wallet: Contract, operator: str, write: Write
) -> None:
    """The operator, who signs the transaction, has every role."""
    assert write.role is not None
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    refusal = {"account": wallet.address, "neededRole": registry.role(write.role)}
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        through(wallet, registry, write.calldata(registry, complaint), sender=operator)
    assert registry.complaint(complaint) == before


@every(*OPEN_TO_ALL)
def test_any_write_open_to_all__through_a_contract__has_the_same_actor_or_the_contract_for_an_escalation(
    registry: Registry, complaint: bytes, wallet: Contract, stranger: str, write: Write
) -> None:
    write.prepare(registry, complaint)
    sent = through(wallet, registry, write.calldata(registry, complaint), sender=stranger)
    actor = wallet.address if write.event_type is EventType.ESCALATED else write.actor(registry)
    assert sent.event.args["actor"] == actor


@pytest.mark.parametrize("route", Route)
def test_breach__by_the_write_of_a_contract__is_on_record_as_the_contracts(
    registry: Registry, complaint: bytes, wallet: Contract, stranger: str, signer: str, route: Route
) -> None:
    registry.grant("RECORDER_ROLE", wallet.address)
    deadline = registry.node.time + 1_000
    registry.create_due_at(complaint, deadline)
    data = Write(EventType.COMMENTED, route).calldata(registry, complaint)
    sent = through(wallet, registry, data, sender=stranger, at=deadline + 1)
    author = signer if route is Route.SIGNED else wallet.address
    assert [event.args["actor"] for event in sent.events] == [wallet.address, author]


@pytest.fixture
def wallet_as_admin(registry: Registry, wallet: Contract, admin: str, stranger: str) -> Contract:
    """A wallet that the admin has handed its office to."""
    begun = registry.send("beginDefaultAdminTransfer", wallet.address, sender=admin)
    accept = registry.codec.call("acceptDefaultAdminTransfer")
    through(wallet, registry, accept, sender=stranger, at=begun.timestamp + 3 * DAY + 1)
    assert registry.call("owner") == wallet.address
    return wallet


@pytest.mark.parametrize("role", ROLES)
def test_roles__granted_and_revoked_by_a_contract_that_is_the_admin__are_effective(
    registry: Registry, wallet_as_admin: Contract, stranger: str, newcomer: str, role: str
) -> None:
    for function, held in (("grantRole", True), ("revokeRole", False)):
        data = registry.codec.call(function, registry.role(role), newcomer)
        sent = through(wallet_as_admin, registry, data, sender=stranger)
        assert sent.event.args["sender"] == wallet_as_admin.address
        assert registry.call("hasRole", registry.role(role), newcomer) is held


ADMIN_CALLS = {
    "grantRole": lambda newcomer: (ZERO_HASH[:31] + b"\x01", newcomer),
    "revokeRole": lambda newcomer: (ZERO_HASH[:31] + b"\x01", newcomer),
    "changeDefaultAdminDelay": lambda _: (DAY,),
    "rollbackDefaultAdminDelay": lambda _: (),
    "beginDefaultAdminTransfer": lambda newcomer: (newcomer,),
    "cancelDefaultAdminTransfer": lambda _: (),
}


@pytest.mark.parametrize("function", ADMIN_CALLS)
def test_admin_function__through_a_contract_that_the_admin_told__reverts(
    registry: Registry, wallet: Contract, admin: str, newcomer: str, function: str
) -> None:
    data = registry.codec.call(function, *ADMIN_CALLS[function](newcomer))
    with reverts("AccessControlUnauthorizedAccount", account=wallet.address, neededRole=DEFAULT_ADMIN_ROLE):
        through(wallet, registry, data, sender=admin)


@pytest.mark.parametrize("function", ADMIN_CALLS)
def test_admin_function__by_a_contract_that_is_the_admin__is_done(
    registry: Registry, wallet_as_admin: Contract, stranger: str, newcomer: str, function: str
) -> None:
    data = registry.codec.call(function, *ADMIN_CALLS[function](newcomer))
    assert through(wallet_as_admin, registry, data, sender=stranger).receipt.succeeded


def test_role__renounced_by_a_contract__is_the_contracts_own(
    registry: Registry, wallet: Contract, recorder: str
) -> None:
    role = registry.role("RECORDER_ROLE")
    registry.grant("RECORDER_ROLE", wallet.address)
    with reverts("AccessControlBadConfirmation"):
        through(wallet, registry, registry.codec.call("renounceRole", role, recorder), sender=recorder)
    through(wallet, registry, registry.codec.call("renounceRole", role, wallet.address), sender=recorder)
    assert registry.call("hasRole", role, wallet.address) is False
    assert registry.call("hasRole", role, recorder) is True
