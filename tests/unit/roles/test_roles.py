"""Intakes, recorders and SLA managers: who may write, and who decides on it."""

import pytest
from eth_utils import keccak

from tests.support.codec import Event
from tests.support.contract import reverts
from tests.support.registry import Registry
from tests.support.spec import ROLES, ZERO_HASH, EventType
from tests.support.writes import RECORDING, Route, Write, every

DEFAULT_ADMIN_ROLE = ZERO_HASH
RECORDER_ROLE = "RECORDER_ROLE"

every_sent_write = every(*(write for write in RECORDING if write.route is not Route.SIGNED))
every_role = pytest.mark.parametrize("role", [keccak(text=name) for name in ROLES], ids=ROLES)
every_actor = pytest.mark.parametrize(
    "who",
    [
        "admin",
        "intake",
        "recorder",
        "second_recorder",
        "sla_manager",
        "operator",
        "stranger",
    ],
)


@every_sent_write
@every_actor
def test_any_write__anybody__needs_the_role_of_its_kind(
    registry: Registry, complaint: bytes, write: Write, who: str
) -> None:
    assert write.role is not None
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    sender = getattr(registry.actors, who)
    if sender in registry.actors.holders(write.role):
        assert write.send(registry, complaint, sender=sender).event.args["actor"] == sender
    else:
        refusal = {"account": sender, "neededRole": registry.role(write.role)}
        with reverts("AccessControlUnauthorizedAccount", **refusal):
            write.send(registry, complaint, sender=sender)
        assert registry.complaint(complaint) == before


@pytest.mark.parametrize("role", ROLES)
def test_grant_role__by_admin__is_effective_for_its_kinds_and_told(
    registry: Registry, complaint: bytes, admin: str, newcomer: str, role: str
) -> None:
    assert registry.call("hasRole", registry.role(role), newcomer) is False
    sent = registry.grant(role, newcomer)
    arguments = {"role": registry.role(role), "account": newcomer, "sender": admin}
    assert sent.event == Event("RoleGranted", arguments, registry.address)
    for write in (Write(EventType.CREATED), Write(EventType.COMMENTED), Write(EventType.SLA_PAUSED)):
        if write.role == role:
            write.send(registry, complaint, sender=newcomer)
            continue
        assert write.role is not None
        with reverts("AccessControlUnauthorizedAccount", account=newcomer, neededRole=registry.role(write.role)):
            write.send(registry, complaint, sender=newcomer)
        write.send(registry, complaint)


def test_revoke_role__by_admin__is_effective_at_once_for_that_account_only(
    registry: Registry, complaint: bytes, admin: str, recorder: str, second_recorder: str
) -> None:
    role = registry.role(RECORDER_ROLE)
    registry.create(complaint)
    sent = registry.revoke(RECORDER_ROLE, recorder)
    assert sent.event == Event("RoleRevoked", {"role": role, "account": recorder, "sender": admin}, registry.address)
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=role):
        registry.log(complaint, EventType.COMMENTED, sender=recorder)
    registry.log(complaint, EventType.COMMENTED, sender=second_recorder)


@pytest.mark.parametrize("role", ROLES)
def test_revoke_role__one_of_three__the_others_are_untouched(registry: Registry, operator: str, role: str) -> None:
    registry.revoke(role, operator)
    held = {name: registry.call("hasRole", registry.role(name), operator) for name in ROLES}
    assert held == {name: name != role for name in ROLES}


def test_renounce_role__by_its_holder__is_effective_and_told(
    registry: Registry, complaint: bytes, recorder: str
) -> None:
    role = registry.role(RECORDER_ROLE)
    registry.create(complaint)
    sent = registry.send("renounceRole", role, recorder, sender=recorder)
    assert sent.event == Event("RoleRevoked", {"role": role, "account": recorder, "sender": recorder}, registry.address)
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=role):
        registry.log(complaint, EventType.COMMENTED, sender=recorder)


def test_intake_key__on_a_complaint_that_is_known__can_do_nothing(
    registry: Registry, complaint: bytes, intake: str
) -> None:
    """It moves a nonce from 0 to 1 and never again."""
    registry.create(complaint)
    with reverts("StaleNonce", complaintId=complaint, expected=1, given=0):
        registry.log(complaint, EventType.CREATED, nonce=0, sender=intake)


@every_role
@pytest.mark.parametrize("who", ["stranger", "admin", "deployer"])
def test_renounce_role__for_another__reverts(registry: Registry, role: bytes, who: str, recorder: str) -> None:
    with reverts("AccessControlBadConfirmation"):
        registry.send("renounceRole", role, recorder, sender=getattr(registry.actors, who))


@every_role
@pytest.mark.parametrize("function", ["grantRole", "revokeRole"])
@pytest.mark.parametrize("who", ["stranger", "deployer", "recorder", "sla_manager", "relayer"])
def test_grant_or_revoke__not_by_admin__reverts(
    registry: Registry, role: bytes, function: str, who: str, second_recorder: str
) -> None:
    sender = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=DEFAULT_ADMIN_ROLE):
        registry.send(function, role, second_recorder, sender=sender)


def test_grant_role__held_already__emits_nothing(registry: Registry, recorder: str) -> None:
    assert registry.grant(RECORDER_ROLE, recorder).events == ()


def test_revoke_role__not_held__emits_nothing(registry: Registry, stranger: str) -> None:
    assert registry.revoke(RECORDER_ROLE, stranger).events == ()


@every_role
def test_get_role_admin__any_role__is_the_default_admin(registry: Registry, role: bytes) -> None:
    assert registry.call("getRoleAdmin", role) == DEFAULT_ADMIN_ROLE
