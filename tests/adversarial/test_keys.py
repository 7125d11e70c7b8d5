"""An attacker with a key that was valid once, or is valid for something else."""

import pytest

from tests.support.contract import reverts
from tests.support.registry import ADMIN_TRANSFER_DELAY, Registry, complaint_id, data_hash
from tests.support.spec import DAY, MAX_UINT40, ZERO_ADDRESS, EventType
from tests.support.writes import SEQUENCED, Write

COMPLAINT = complaint_id(1)

LOGGING = [write for write in SEQUENCED if write.role == "RECORDER_ROLE" and not write.signed]
MANAGING = [write for write in SEQUENCED if write.role == "SLA_MANAGER_ROLE"]


def role(registry: Registry, name: str) -> bytes:
    return registry.call(name)


def revoke(registry: Registry, name: str, account: str) -> None:
    registry.send("revokeRole", role(registry, name), account, sender=registry.actors.admin)


@pytest.mark.parametrize("write", [*LOGGING, *MANAGING], ids=lambda write: write.name)
def test_write__revoked_key__is_refused_from_the_next_block_on(write: Write, registry: Registry) -> None:
    write.prepare(registry, COMPLAINT)
    assert write.role is not None
    thief, before = write.actor(registry), registry.complaint(COMPLAINT)
    revoke(registry, write.role, thief)
    with reverts("AccessControlUnauthorizedAccount", account=thief, neededRole=role(registry, write.role)):
        write.send(registry, COMPLAINT)
    assert registry.complaint(COMPLAINT) == before


def test_write__revoked_key_hides_in_a_multicall__is_refused(registry: Registry) -> None:
    registry.create(COMPLAINT)
    thief = registry.actors.recorder
    revoke(registry, "RECORDER_ROLE", thief)
    call = registry.codec.call("logComplaintEvent", COMPLAINT, EventType.CLOSED, data_hash(2), 2)
    nested = registry.codec.call("multicall", [call])
    for calls in ([call], [nested]):
        with reverts("AccessControlUnauthorizedAccount", account=thief, neededRole=role(registry, "RECORDER_ROLE")):
            registry.multicall(calls, sender=thief)


@pytest.mark.parametrize("write", MANAGING, ids=lambda write: write.name)
@pytest.mark.parametrize("who", ["recorder", "admin", "deployer"])
def test_sla_write__other_role__is_refused(write: Write, who: str, registry: Registry) -> None:
    write.prepare(registry, COMPLAINT)
    sender = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=role(registry, "SLA_MANAGER_ROLE")):
        write.send(registry, COMPLAINT, sender=sender)


@pytest.mark.parametrize("write", LOGGING, ids=lambda write: write.name)
@pytest.mark.parametrize("who", ["sla_manager", "admin", "deployer"])
def test_log__other_role__is_refused(write: Write, who: str, registry: Registry) -> None:
    write.prepare(registry, COMPLAINT)
    sender = getattr(registry.actors, who)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=role(registry, "RECORDER_ROLE")):
        write.send(registry, COMPLAINT, sender=sender)


@pytest.mark.parametrize("name", ["RECORDER_ROLE", "SLA_MANAGER_ROLE"])
@pytest.mark.parametrize("who", ["recorder", "sla_manager", "stranger", "deployer"])
def test_grant_role__not_the_admin__gives_nobody_anything(name: str, who: str, registry: Registry) -> None:
    sender, accomplice = getattr(registry.actors, who), registry.actors.newcomer
    for function in ("grantRole", "revokeRole"):
        with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=bytes(32)):
            registry.send(function, role(registry, name), accomplice, sender=sender)
    assert registry.call("hasRole", role(registry, name), accomplice) is False


def test_renounce_role__in_the_name_of_another__is_refused(registry: Registry) -> None:
    with reverts("AccessControlBadConfirmation"):
        registry.send(
            "renounceRole", role(registry, "RECORDER_ROLE"), registry.actors.recorder, sender=registry.actors.stranger
        )


def test_default_admin_role__granted_or_revoked_directly__is_refused(registry: Registry) -> None:
    """There is one admin, and the way to another is the transfer."""
    for function in ("grantRole", "revokeRole"):
        with reverts("AccessControlEnforcedDefaultAdminRules"):
            registry.send(function, bytes(32), registry.actors.successor, sender=registry.actors.admin)


class TestHalfDoneTransfer:
    """The admin's transfer has begun and is not accepted."""

    @pytest.fixture
    def due(self, registry: Registry) -> int:
        """From when on, exclusive, it can be accepted: Unix seconds."""
        sent = registry.send("beginDefaultAdminTransfer", registry.actors.successor, sender=registry.actors.admin)
        return sent.timestamp + ADMIN_TRANSFER_DELAY

    def test_transfer__begun__leaves_all_power_with_the_old_admin(self, registry: Registry, due: int) -> None:
        actors = registry.actors
        assert registry.call("pendingDefaultAdmin") == (actors.successor, due)
        with reverts("AccessControlUnauthorizedAccount", account=actors.successor, neededRole=bytes(32)):
            registry.send("grantRole", role(registry, "RECORDER_ROLE"), actors.newcomer, sender=actors.successor)
        registry.send("grantRole", role(registry, "RECORDER_ROLE"), actors.newcomer, sender=actors.admin)

    def test_accept__by_anyone_else__is_refused(self, registry: Registry, due: int) -> None:
        for who in ("stranger", "admin", "recorder"):
            sender = getattr(registry.actors, who)
            with reverts("AccessControlInvalidDefaultAdmin", defaultAdmin=sender):
                registry.send("acceptDefaultAdminTransfer", sender=sender, at=due + 1)

    def test_accept__before_the_delay_is_over__is_refused(self, registry: Registry, due: int) -> None:
        with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=due):
            registry.send("acceptDefaultAdminTransfer", sender=registry.actors.successor, at=due)

    def test_accept__after_the_delay__moves_all_power_at_once(self, registry: Registry, due: int) -> None:
        actors = registry.actors
        registry.send("acceptDefaultAdminTransfer", sender=actors.successor, at=due + 1)
        assert registry.call("defaultAdmin") == actors.successor
        with reverts("AccessControlUnauthorizedAccount", account=actors.admin, neededRole=bytes(32)):
            registry.send("grantRole", role(registry, "RECORDER_ROLE"), actors.newcomer, sender=actors.admin)
        registry.send("revokeRole", role(registry, "RECORDER_ROLE"), actors.recorder, sender=actors.successor)

    def test_accept__after_it_was_cancelled__is_refused(self, registry: Registry, due: int) -> None:
        actors = registry.actors
        registry.send("cancelDefaultAdminTransfer", sender=actors.admin)
        with reverts("AccessControlInvalidDefaultAdmin", defaultAdmin=actors.successor):
            registry.send("acceptDefaultAdminTransfer", sender=actors.successor, at=due + 1)

    def test_transfer__begun_again_to_a_thief__starts_the_delay_anew(self, registry: Registry, due: int) -> None:
        """A stolen admin key still has to wait, in sight of everybody."""
        actors = registry.actors
        registry.send("beginDefaultAdminTransfer", actors.stranger, sender=actors.admin, at=due)
        with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=due + ADMIN_TRANSFER_DELAY):
            registry.send("acceptDefaultAdminTransfer", sender=actors.stranger, at=due + 1)

    def test_delay__shortened_by_a_thief__holds_for_its_own_old_length(self, registry: Registry, due: int) -> None:
        actors = registry.actors
        sent = registry.send("changeDefaultAdminDelay", 0, sender=actors.admin)
        registry.send("beginDefaultAdminTransfer", actors.stranger, sender=actors.admin)
        with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=sent.timestamp + 1 + ADMIN_TRANSFER_DELAY):
            registry.send("acceptDefaultAdminTransfer", sender=actors.stranger, at=sent.timestamp + DAY)

    def test_renounce__half_done_transfer_to_somebody__is_refused(self, registry: Registry, due: int) -> None:
        """Renouncing takes a transfer to nobody and the delay, so it cannot happen by a slip."""
        with reverts("AccessControlEnforcedDefaultAdminDelay", schedule=due):
            registry.send("renounceRole", bytes(32), registry.actors.admin, sender=registry.actors.admin, at=due + 1)

    def test_complaints__meanwhile__go_on_as_ever(self, registry: Registry, due: int) -> None:
        registry.create_due_at(COMPLAINT, registry.node.time + DAY)
        registry.escalate(COMPLAINT, at=registry.node.time + 2 * DAY)
        assert registry.complaint(COMPLAINT).escalation_level == 1


def test_admin__renounced_for_good__leaves_recorders_writing_and_roles_frozen(registry: Registry) -> None:
    actors = registry.actors
    begun = registry.send("beginDefaultAdminTransfer", ZERO_ADDRESS, sender=actors.admin)
    after = begun.timestamp + ADMIN_TRANSFER_DELAY + 1
    registry.send("renounceRole", bytes(32), actors.admin, sender=actors.admin, at=after)
    with reverts("AccessControlUnauthorizedAccount", account=actors.admin, neededRole=bytes(32)):
        registry.send("grantRole", role(registry, "RECORDER_ROLE"), actors.newcomer, sender=actors.admin)
    registry.create(COMPLAINT)
    assert registry.complaint(COMPLAINT).event_count == 1
    assert begun.timestamp < MAX_UINT40
