"""An attacker with a stolen key, or with one that was valid once or is valid for something else."""

import pytest

from tests.support.contract import reverts
from tests.support.entries import complaint_id, data_hash
from tests.support.registry import ADMIN_TRANSFER_DELAY, MAX_ESCALATION_LEVEL, Registry
from tests.support.spec import DAY, RECORDED, ROLE_OF, ROLES, ZERO_ADDRESS, EventType, Status
from tests.support.writes import RECORDING, Route, Write, every

KEYS = {"INTAKE_ROLE": "intake", "RECORDER_ROLE": "recorder", "SLA_MANAGER_ROLE": "sla_manager"}


@every(*(write for write in RECORDING if write.route is not Route.SIGNED))
def test_write__revoked_key__is_refused_from_the_next_block_on(
    write: Write, registry: Registry, complaint: bytes
) -> None:
    write.prepare(registry, complaint)
    assert write.role is not None
    thief, before = write.actor(registry), registry.complaint(complaint)
    registry.revoke(write.role, thief)
    with reverts("AccessControlUnauthorizedAccount", account=thief, neededRole=registry.role(write.role)):
        write.send(registry, complaint)
    assert registry.complaint(complaint) == before


@every(*(write for write in RECORDING if write.route is Route.SIGNED))
def test_signed__actors_key_revoked_meanwhile__is_refused(write: Write, registry: Registry, complaint: bytes) -> None:
    write.prepare(registry, complaint)
    assert write.role is not None
    calldata, signer = write.calldata(registry, complaint), registry.actors.signer
    registry.revoke(write.role, signer)
    with reverts("AccessControlUnauthorizedAccount", account=signer, neededRole=registry.role(write.role)):
        registry.send_data(calldata, sender=registry.actors.operator)


@every(*(write for write in RECORDING if write.route is not Route.SIGNED))
@pytest.mark.parametrize("who", ["intake", "recorder", "sla_manager", "admin", "deployer", "complainant"])
def test_write__key_of_another_role__is_refused(write: Write, who: str, registry: Registry, complaint: bytes) -> None:
    assert write.role is not None
    sender = getattr(registry.actors, who)
    if KEYS[write.role] == who:
        return
    write.prepare(registry, complaint)
    with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=registry.role(write.role)):
        write.send(registry, complaint, sender=sender)


class TestStolenIntakeKey:
    """The web servers' key, at most: it files, and moves a nonce from 0 to 1 and never again."""

    @pytest.mark.parametrize("status", list(Status)[1:], ids=lambda status: status.name.lower())
    def test_thief__everything_that_it_can_send__moves_no_filed_complaint(
        self, status: Status, registry: Registry, complaint: bytes
    ) -> None:
        thief = registry.actors.intake
        registry.bring_to(complaint, status)
        before, nonce = registry.complaint(complaint), registry.nonce(complaint)
        sent = registry.record_batch(
            [registry.entry(complaint, EventType.CREATED, nonce=given) for given in (0, nonce)] * 3, sender=thief
        )
        assert sent.links == ()
        for event_type in RECORDED[1:]:
            role = registry.role(ROLE_OF[event_type])
            entry = registry.entry(complaint, event_type)
            with reverts("AccessControlUnauthorizedAccount", account=thief, neededRole=role):
                registry.record_batch([registry.entry(complaint, EventType.CREATED, nonce=0), entry], sender=thief)
            with reverts("AccessControlUnauthorizedAccount", account=thief, neededRole=role):
                registry.record(entry, sender=thief)
        assert registry.complaint(complaint) == before

    def test_thief__floods_the_registry__stops_nobody_and_stays_on_record(
        self, registry: Registry, complaint: bytes
    ) -> None:
        thief = registry.actors.intake
        flood = [registry.entry(complaint_id(number), EventType.CREATED, nonce=0) for number in range(100, 200)]
        sent = registry.record_batch(flood, sender=thief)
        assert {link.args["actor"] for link in sent.links} == {thief}
        registry.revoke("INTAKE_ROLE", thief)
        registry.log(complaint, EventType.CREATED, sender=registry.actors.operator)
        assert registry.filings()[1] == 101
        disown = [registry.entry(entry.complaint_id, EventType.NOTED, nonce=1) for entry in flood]
        assert registry.record_batch(disown).skipped == ()

    def test_thief__files_with_other_data_in_front__takes_the_id_and_contradicts_itself(
        self, registry: Registry, complaint: bytes
    ) -> None:
        """The id is lost to the honest filing; that the data are not those of the id is for everybody to see."""
        promise = registry.signed(registry.entry(complaint, EventType.CREATED, data_hash(1), 0))
        signature = registry.sign_entry(promise)
        registry.log(complaint, EventType.CREATED, data_hash(666), 0, sender=registry.actors.intake)
        with reverts("StaleNonce", complaintId=complaint, expected=1, given=0):
            registry.record_signed(promise, signature)


class TestStolenRelayKey:
    """It has every role, so it can write what the lifecycle allows, in sight; what was written before stays."""

    def test_thief__writes_while_the_owner_has_entries_waiting__makes_them_stale_and_not_misplaced(
        self, registry: Registry, complaint: bytes
    ) -> None:
        registry.create(complaint)
        waiting = [registry.entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2, 3)]
        registry.log(complaint, EventType.CLOSED, sender=registry.actors.operator)
        sent = registry.record_batch(waiting)
        reasons = [event.args["reason"] for event in sent.skipped]
        assert reasons == [registry.selector("StaleNonce"), *[registry.selector("PredecessorSkipped")] * 2]
        registry.revoke("RECORDER_ROLE", registry.actors.operator)
        registry.log(complaint, EventType.NOTED, data_hash(9))  # by a fresh key: whose that link was
        registry.log(complaint, EventType.REOPENED)

    def test_thief__burns_every_deadline_of_a_complaint__cannot_take_back_a_miss(
        self, registry: Registry, complaint: bytes
    ) -> None:
        """255 deadlines in the past end a complaint's clock for good, and each of them is a link of the thief's."""
        registry.create(complaint)
        deadlines = [registry.entry(complaint, EventType.SLA_DEADLINE_SET, n, n) for n in range(1, 300)]
        sent = registry.record_batch(deadlines)
        state = registry.complaint(complaint)
        # The first deadline is missed once for each level, each of the others once.
        assert state.escalations == 254
        assert state.nonce == 1 + 254 - MAX_ESCALATION_LEVEL + 2
        assert sent.skipped[0].args["reason"] == registry.selector("DeadlineOutOfRange")
        registry.escalate(complaint)
        with reverts("DeadlineOutOfRange", complaintId=complaint, deadline=5):
            registry.set_deadline(complaint, 5)
        registry.log(complaint, EventType.NOTED)
        registry.object(registry.objection(1))
        registry.log(complaint, EventType.CLOSED)


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("who", ["intake", "recorder", "operator", "stranger", "deployer"])
def test_grant_role__not_the_admin__gives_nobody_anything(name: str, who: str, registry: Registry) -> None:
    sender, accomplice = getattr(registry.actors, who), registry.actors.newcomer
    for function in ("grantRole", "revokeRole"):
        with reverts("AccessControlUnauthorizedAccount", account=sender, neededRole=bytes(32)):
            registry.send(function, registry.role(name), accomplice, sender=sender)
    assert registry.call("hasRole", registry.role(name), accomplice) is False


def test_renounce_role__in_the_name_of_another__is_refused(registry: Registry) -> None:
    with reverts("AccessControlBadConfirmation"):
        registry.send(
            "renounceRole", registry.role("RECORDER_ROLE"), registry.actors.recorder, sender=registry.actors.stranger
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
            registry.send("grantRole", registry.role("RECORDER_ROLE"), actors.newcomer, sender=actors.successor)
        registry.send("grantRole", registry.role("RECORDER_ROLE"), actors.newcomer, sender=actors.admin)

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
            registry.send("grantRole", registry.role("RECORDER_ROLE"), actors.newcomer, sender=actors.admin)
        registry.send("revokeRole", registry.role("RECORDER_ROLE"), actors.recorder, sender=actors.successor)

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

    def test_complaints__meanwhile__go_on_as_ever(self, registry: Registry, due: int, complaint: bytes) -> None:
        registry.create_due_at(complaint, registry.node.time + DAY)
        registry.log(complaint, EventType.CLOSED, at=registry.node.time + DAY + 1)
        assert registry.complaint(complaint).escalations == 1


def test_admin__renounced_for_good__leaves_recorders_writing_and_roles_frozen(
    registry: Registry, complaint: bytes
) -> None:
    actors = registry.actors
    begun = registry.send("beginDefaultAdminTransfer", ZERO_ADDRESS, sender=actors.admin)
    after = begun.timestamp + ADMIN_TRANSFER_DELAY + 1
    registry.send("renounceRole", bytes(32), actors.admin, sender=actors.admin, at=after)
    with reverts("AccessControlUnauthorizedAccount", account=actors.admin, neededRole=bytes(32)):
        registry.grant("RECORDER_ROLE", actors.newcomer)
    registry.create(complaint)
    assert registry.nonce(complaint) == 1


@pytest.mark.parametrize("delay", [365 * DAY + 1, 2**48 - 1])
def test_admin__thief_sets_a_delay_that_never_ends__is_refused(registry: Registry, delay: int) -> None:
    """Near 2^48 seconds no transfer would ever be due again."""
    with reverts("InvalidParameter"):
        registry.send("changeDefaultAdminDelay", delay, sender=registry.actors.admin)
    assert registry.call("defaultAdminDelay") == ADMIN_TRANSFER_DELAY
    assert registry.call("pendingDefaultAdminDelay") == (0, 0)
