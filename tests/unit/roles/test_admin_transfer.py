"""The handing over of the default admin, as the registry has it from its library: two steps, with a delay."""

import pytest
from eth_utils import keccak

from tests.support.codec import Event
from tests.support.contract import reverts
from tests.support.registry import ADMIN_TRANSFER_DELAY, Registry
from tests.support.spec import DAY, MAX_ADMIN_TRANSFER_DELAY, ZERO_ADDRESS, ZERO_HASH, EventType

DEFAULT_ADMIN_ROLE = ZERO_HASH
RECORDER_ROLE = keccak(text="RECORDER_ROLE")


@pytest.fixture
def schedule(registry: Registry, admin: str, successor: str) -> int:
    """Unix seconds: a transfer to the successor has begun, and may be accepted after it."""
    sent = registry.send("beginDefaultAdminTransfer", successor, sender=admin)
    schedule = sent.timestamp + ADMIN_TRANSFER_DELAY
    arguments = {"newAdmin": successor, "acceptSchedule": schedule}
    assert sent.event == Event("DefaultAdminTransferScheduled", arguments, registry.address)
    return schedule


def test_transfer__begun__old_admin_keeps_its_power(
    registry: Registry, schedule: int, admin: str, successor: str, newcomer: str
) -> None:
    assert registry.call("pendingDefaultAdmin") == (successor, schedule)
    assert registry.call("defaultAdmin") == registry.call("owner") == admin
    registry.send("grantRole", RECORDER_ROLE, newcomer, sender=admin)
    with reverts("AccessControlUnauthorizedAccount", account=successor, neededRole=DEFAULT_ADMIN_ROLE):
        registry.send("grantRole", RECORDER_ROLE, newcomer, sender=successor)


@pytest.mark.parametrize("early", [1_000, 1, 0], ids=["early", "a_second_early", "in_the_scheduled_second"])
def test_transfer__accepted_too_early__reverts(registry: Registry, schedule: int, successor: str, early: int) -> None:
    with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=schedule):
        registry.send("acceptDefaultAdminTransfer", sender=successor, at=schedule - early)


def test_transfer__accepted_after_the_delay__changes_the_admin(
    registry: Registry, schedule: int, admin: str, successor: str, newcomer: str
) -> None:
    registry.send("acceptDefaultAdminTransfer", sender=successor, at=schedule + 1)
    assert registry.call("defaultAdmin") == registry.call("owner") == successor
    with reverts("AccessControlUnauthorizedAccount", account=admin, neededRole=DEFAULT_ADMIN_ROLE):
        registry.send("grantRole", RECORDER_ROLE, newcomer, sender=admin)
    registry.send("grantRole", RECORDER_ROLE, newcomer, sender=successor)


@pytest.mark.parametrize("who", ["admin", "stranger", "recorder"])
def test_transfer__accepted_by_another__reverts(registry: Registry, schedule: int, who: str) -> None:
    sender = getattr(registry.actors, who)
    with reverts("AccessControlInvalidDefaultAdmin", defaultAdmin=sender):
        registry.send("acceptDefaultAdminTransfer", sender=sender, at=schedule + 1)


def test_transfer__cancelled__cannot_be_accepted(registry: Registry, schedule: int, admin: str, successor: str) -> None:
    sent = registry.send("cancelDefaultAdminTransfer", sender=admin)
    assert sent.event == Event("DefaultAdminTransferCanceled", {}, registry.address)
    with reverts("AccessControlInvalidDefaultAdmin", defaultAdmin=successor):
        registry.send("acceptDefaultAdminTransfer", sender=successor, at=schedule + 1)


@pytest.mark.parametrize("who", ["stranger", "successor", "recorder", "sla_manager", "deployer"])
def test_transfer__begun_or_cancelled_by_another__reverts(registry: Registry, who: str) -> None:
    sender = getattr(registry.actors, who)
    refusal = {"account": sender, "neededRole": DEFAULT_ADMIN_ROLE}
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        registry.send("beginDefaultAdminTransfer", sender, sender=sender)
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        registry.send("cancelDefaultAdminTransfer", sender=sender)
    with reverts("AccessControlUnauthorizedAccount", **refusal):
        registry.send("changeDefaultAdminDelay", 0, sender=sender)


@pytest.mark.parametrize("function", ["grantRole", "revokeRole"])
def test_admin_role__granted_or_revoked_directly__reverts(registry: Registry, admin: str, function: str) -> None:
    with reverts("AccessControlEnforcedDefaultAdminRules"):
        registry.send(function, DEFAULT_ADMIN_ROLE, admin, sender=admin)


def test_admin__renounces_at_once__reverts(registry: Registry, admin: str) -> None:
    with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=0):
        registry.send("renounceRole", DEFAULT_ADMIN_ROLE, admin, sender=admin)


def test_admin__renounces_after_the_delay__key_rotation_has_ended_and_work_goes_on(
    registry: Registry, complaint: bytes, admin: str, newcomer: str
) -> None:
    begun = registry.send("beginDefaultAdminTransfer", ZERO_ADDRESS, sender=admin)
    over = begun.timestamp + ADMIN_TRANSFER_DELAY + 1
    registry.send("renounceRole", DEFAULT_ADMIN_ROLE, admin, sender=admin, at=over)
    assert registry.call("defaultAdmin") == ZERO_ADDRESS
    with reverts("AccessControlUnauthorizedAccount", account=admin, neededRole=DEFAULT_ADMIN_ROLE):
        registry.send("grantRole", RECORDER_ROLE, newcomer, sender=admin)
    registry.log(complaint, EventType.CREATED)


def test_delay__lowered__takes_effect_after_the_difference(registry: Registry, admin: str) -> None:
    lower = DAY
    sent = registry.send("changeDefaultAdminDelay", lower, sender=admin)
    effect = sent.timestamp + ADMIN_TRANSFER_DELAY - lower
    arguments = {"newDelay": lower, "effectSchedule": effect}
    assert sent.event == Event("DefaultAdminDelayChangeScheduled", arguments, registry.address)
    assert registry.call("defaultAdminDelay", at=effect) == ADMIN_TRANSFER_DELAY
    assert registry.call("defaultAdminDelay", at=effect + 1) == lower


@pytest.mark.parametrize("delay", [0, ADMIN_TRANSFER_DELAY + 1, MAX_ADMIN_TRANSFER_DELAY])
def test_delay__within_its_bound__is_scheduled(registry: Registry, admin: str, delay: int) -> None:
    sent = registry.send("changeDefaultAdminDelay", delay, sender=admin)
    schedule = sent.event.args["effectSchedule"]
    assert registry.call("pendingDefaultAdminDelay") == (delay, schedule)
    assert registry.call("defaultAdminDelay", at=schedule + 1) == delay


@pytest.mark.parametrize("delay", [MAX_ADMIN_TRANSFER_DELAY + 1, 2**47, 2**48 - 1])
def test_delay__beyond_its_bound__reverts_and_nothing_is_scheduled(registry: Registry, admin: str, delay: int) -> None:
    """Near 2^48 seconds it would freeze the admin for ever."""
    with reverts("InvalidParameter"):
        registry.send("changeDefaultAdminDelay", delay, sender=admin)
    assert registry.call("pendingDefaultAdminDelay") == (0, 0)


@pytest.mark.parametrize("who", ["stranger", "successor", "operator"])
def test_delay__beyond_its_bound_and_not_by_the_admin__role_is_named(registry: Registry, who: str) -> None:
    sender = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=DEFAULT_ADMIN_ROLE):
        registry.send("changeDefaultAdminDelay", 2**48 - 1, sender=sender)


def test_delay__longest__ends_and_the_admin_can_go_on(registry: Registry, admin: str, successor: str) -> None:
    """Whatever the admin schedules: within two years another one can be in office."""
    sent = registry.send("changeDefaultAdminDelay", MAX_ADMIN_TRANSFER_DELAY, sender=admin)
    registry.node.warp(sent.event.args["effectSchedule"] + 1)
    begun = registry.send("beginDefaultAdminTransfer", successor, sender=admin)
    over = begun.timestamp + MAX_ADMIN_TRANSFER_DELAY + 1
    registry.send("acceptDefaultAdminTransfer", sender=successor, at=over)
    assert registry.call("owner") == successor
