"""Recorders and SLA managers: who may write, and who decides on it."""

import pytest
from eth_utils import keccak

from tests.support.codec import Event
from tests.support.contract import reverts
from tests.support.registry import Registry
from tests.support.spec import ZERO_HASH, EventType
from tests.support.writes import SEQUENCED, Write

DEFAULT_ADMIN_ROLE = ZERO_HASH
ROLES = {name: keccak(text=name) for name in ("RECORDER_ROLE", "SLA_MANAGER_ROLE")}
HOLDERS = {"RECORDER_ROLE": {"recorder", "second_recorder", "signer"}, "SLA_MANAGER_ROLE": {"sla_manager"}}
SENT = [write for write in SEQUENCED if not write.signed]

every_sent_write = pytest.mark.parametrize("write", SENT, ids=[write.name for write in SENT])
every_role = pytest.mark.parametrize("role", ROLES.values(), ids=ROLES.keys())


@every_sent_write
@pytest.mark.parametrize(
    "who", ["deployer", "admin", "recorder", "second_recorder", "signer", "sla_manager", "relayer", "stranger"]
)
def test_any_write__anybody__needs_the_role(registry: Registry, complaint: bytes, write: Write, who: str) -> None:
    assert write.role is not None
    write.prepare(registry, complaint)
    before = registry.complaint(complaint)
    sender = getattr(registry.actors, who)
    if who in HOLDERS[write.role]:
        assert write.send(registry, complaint, sender=sender).event.args["actor"] == sender
    else:
        with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=ROLES[write.role]):
            write.send(registry, complaint, sender=sender)
        assert registry.complaint(complaint) == before


@every_role
def test_grant_role__by_admin__is_effective_and_told(
    registry: Registry, complaint: bytes, admin: str, newcomer: str, role: bytes
) -> None:
    assert registry.call("hasRole", role, newcomer) is False
    sent = registry.send("grantRole", role, newcomer, sender=admin)
    assert sent.event == Event("RoleGranted", {"role": role, "account": newcomer, "sender": admin}, registry.address)
    assert registry.call("hasRole", role, newcomer) is True
    sender = newcomer if role == ROLES["RECORDER_ROLE"] else registry.actors.recorder
    registry.log(complaint, EventType.CREATED, sender=sender)
    sender = newcomer if role == ROLES["SLA_MANAGER_ROLE"] else registry.actors.sla_manager
    registry.set_deadline(complaint, registry.node.time + 100, sender=sender)


def test_revoke_role__by_admin__is_effective_at_once_for_that_account_only(
    registry: Registry, complaint: bytes, admin: str, recorder: str, second_recorder: str
) -> None:
    role = ROLES["RECORDER_ROLE"]
    registry.create(complaint)
    sent = registry.send("revokeRole", role, recorder, sender=admin)
    assert sent.event == Event("RoleRevoked", {"role": role, "account": recorder, "sender": admin}, registry.address)
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=role):
        registry.log(complaint, EventType.COMMENTED, sender=recorder)
    registry.log(complaint, EventType.COMMENTED, sender=second_recorder)


def test_revoke_role__sla_manager__recorder_role_is_untouched(
    registry: Registry, complaint: bytes, admin: str, sla_manager: str
) -> None:
    registry.create(complaint)
    registry.send("revokeRole", ROLES["SLA_MANAGER_ROLE"], sla_manager, sender=admin)
    with reverts("AccessControlUnauthorizedAccount", account=sla_manager, neededRole=ROLES["SLA_MANAGER_ROLE"]):
        registry.set_deadline(complaint, registry.node.time + 100)
    registry.log(complaint, EventType.COMMENTED)


def test_renounce_role__by_its_holder__is_effective_and_told(
    registry: Registry, complaint: bytes, recorder: str
) -> None:
    role = ROLES["RECORDER_ROLE"]
    sent = registry.send("renounceRole", role, recorder, sender=recorder)
    assert sent.event == Event("RoleRevoked", {"role": role, "account": recorder, "sender": recorder}, registry.address)
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=role):
        registry.log(complaint, EventType.CREATED, sender=recorder)


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


def test_grant_role__held_already__emits_nothing(registry: Registry, admin: str, recorder: str) -> None:
    assert registry.send("grantRole", ROLES["RECORDER_ROLE"], recorder, sender=admin).events == ()


def test_revoke_role__not_held__emits_nothing(registry: Registry, admin: str, stranger: str) -> None:
    assert registry.send("revokeRole", ROLES["RECORDER_ROLE"], stranger, sender=admin).events == ()


@every_role
def test_get_role_admin__any_role__is_the_default_admin(registry: Registry, role: bytes) -> None:
    assert registry.call("getRoleAdmin", role) == DEFAULT_ADMIN_ROLE
