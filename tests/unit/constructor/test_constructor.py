"""What is decided at deployment, for good."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import keccak

from tests.support.actors import Actors
from tests.support.codec import Codec
from tests.support.contract import reverts
from tests.support.node import Node
from tests.support.registry import (
    ADMIN_TRANSFER_DELAY,
    DEFAULT_SLA,
    ESCALATION_INTERVAL,
    MAX_ESCALATION_LEVEL,
    Registry,
    constructor_arguments,
)
from tests.support.spec import (
    MAX_ADMIN_TRANSFER_DELAY,
    MAX_ESCALATION_INTERVAL,
    MAX_SLA_DURATION,
    MAX_UINT8,
    MAX_UINT32,
    ROLES,
    ZERO_ADDRESS,
    ZERO_HASH,
    EventType,
)
from tests.support.spec import MAX_ESCALATION_LEVEL as HIGHEST_MAX_LEVEL

MAX_UINT48 = 2**48 - 1
SOMEBODY = "0x" + "a1" * 20
Deploy = Callable[..., Registry]


def test_constructor__good_parameters__are_kept(registry: Registry, actors: Actors) -> None:
    assert registry.call("defaultAdmin") == registry.call("owner") == actors.admin
    assert registry.call("defaultAdminDelay") == ADMIN_TRANSFER_DELAY
    assert registry.call("defaultSLA") == DEFAULT_SLA
    assert registry.call("escalationInterval") == ESCALATION_INTERVAL
    assert registry.call("maxEscalationLevel") == MAX_ESCALATION_LEVEL
    assert registry.filings() == (bytes(27), 0)


def test_constructor__good_parameters__roles_go_to_those_named_and_nobody_else(
    registry: Registry, actors: Actors
) -> None:
    holders = {registry.role(role): set(actors.holders(role)) for role in ROLES} | {ZERO_HASH: {actors.admin}}
    everybody = vars(actors).values()
    for role, expected in holders.items():
        assert {account for account in everybody if registry.call("hasRole", role, account)} == expected


def test_constructor__good_parameters__tells_of_every_role(
    node: Node, actors: Actors, registry_abi: list[dict[str, Any]], registry_bytecode: bytes
) -> None:
    codec = Codec(registry_abi)
    data = registry_bytecode + codec.constructor(*constructor_arguments(actors))
    receipt = node.send(actors.deployer, None, data)
    events = [codec.event(log) for log in receipt.logs]
    granted = [(event.name, event.args["role"], event.args["account"], event.args["sender"]) for event in events]
    assert granted == [
        ("RoleGranted", ZERO_HASH, actors.admin, actors.deployer),
        *(
            ("RoleGranted", keccak(text=role), account, actors.deployer)
            for role in ROLES
            for account in actors.holders(role)
        ),
    ]


INVALID: dict[str, dict[str, Any]] = {
    "admin_is_zero": {"admin": ZERO_ADDRESS},
    "delay_is_a_second_too_long": {"adminTransferDelay": MAX_ADMIN_TRANSFER_DELAY + 1},
    "delay_is_the_greatest": {"adminTransferDelay": MAX_UINT48},
    "only_intake_is_zero": {"intakes": [ZERO_ADDRESS]},
    "last_intake_is_zero": {"intakes": [SOMEBODY, ZERO_ADDRESS]},
    "only_recorder_is_zero": {"recorders": [ZERO_ADDRESS]},
    "last_recorder_is_zero": {"recorders": [SOMEBODY, ZERO_ADDRESS]},
    "only_sla_manager_is_zero": {"slaManagers": [ZERO_ADDRESS]},
    "last_sla_manager_is_zero": {"slaManagers": [SOMEBODY, ZERO_ADDRESS]},
    "default_sla_is_a_second_too_long": {"defaultSLA": MAX_SLA_DURATION + 1},
    "default_sla_is_the_greatest": {"defaultSLA": MAX_UINT32},
    "interval_is_zero": {"escalationInterval": 0},
    "interval_is_a_second_too_long": {"escalationInterval": MAX_ESCALATION_INTERVAL + 1},
    "interval_is_the_greatest": {"escalationInterval": MAX_UINT32},
    "level_is_zero": {"maxEscalationLevel": 0},
    "level_is_one_too_high": {"maxEscalationLevel": HIGHEST_MAX_LEVEL + 1},
    "level_is_the_greatest": {"maxEscalationLevel": MAX_UINT8},
}


@pytest.mark.parametrize("changes", INVALID.values(), ids=INVALID.keys())
def test_constructor__invalid_parameter__reverts(deploy_registry: Deploy, changes: dict[str, Any]) -> None:
    with reverts("InvalidParameter"):
        deploy_registry(**changes)


@pytest.mark.parametrize("seconds", [0, 1, MAX_SLA_DURATION])
def test_constructor__default_sla_at_its_limit__is_kept(deploy_registry: Deploy, seconds: int) -> None:
    assert deploy_registry(defaultSLA=seconds).call("defaultSLA") == seconds


@pytest.mark.parametrize("interval", [1, MAX_ESCALATION_INTERVAL])
def test_constructor__interval_at_its_limit__is_kept(deploy_registry: Deploy, interval: int) -> None:
    assert deploy_registry(escalationInterval=interval).call("escalationInterval") == interval


@pytest.mark.parametrize("level", [1, HIGHEST_MAX_LEVEL])
def test_constructor__level_at_its_limit__is_kept(deploy_registry: Deploy, level: int) -> None:
    assert deploy_registry(maxEscalationLevel=level).call("maxEscalationLevel") == level


@pytest.mark.parametrize("delay", [0, MAX_ADMIN_TRANSFER_DELAY])
def test_constructor__delay_at_its_limit__is_kept(deploy_registry: Deploy, delay: int) -> None:
    assert deploy_registry(adminTransferDelay=delay).call("defaultAdminDelay") == delay


def test_constructor__empty_lists__nobody_has_the_roles_until_granted(
    deploy_registry: Deploy, complaint: bytes, intake: str
) -> None:
    registry = deploy_registry(intakes=[], recorders=[], slaManagers=[])
    with reverts("AccessControlUnauthorizedAccount", account=intake, neededRole=registry.role("INTAKE_ROLE")):
        registry.create(complaint)
    registry.grant("INTAKE_ROLE", intake)
    registry.create(complaint)


@pytest.mark.parametrize("count", [1, 16, 17])
def test_constructor__any_number_of_accounts__each_has_its_role(deploy_registry: Deploy, count: int) -> None:
    accounts = {
        role: [f"0x{number:02x}{index:038x}" for index in range(1, count + 1)] for number, role in enumerate(ROLES, 1)
    }
    lists = dict(zip(("intakes", "recorders", "slaManagers"), accounts.values(), strict=True))
    registry = deploy_registry(**lists)
    for role, holders in accounts.items():
        assert all(registry.call("hasRole", registry.role(role), account) for account in holders)


def test_constructor__account_named_twice_and_in_every_list__has_every_role(
    deploy_registry: Deploy, newcomer: str, complaint: bytes
) -> None:
    registry = deploy_registry(intakes=[newcomer], recorders=[newcomer, newcomer], slaManagers=[newcomer])
    entries = [
        registry.entry(complaint, EventType.CREATED),
        registry.entry(complaint, EventType.COMMENTED, nonce=1),
        registry.entry(complaint, EventType.SLA_PAUSED, nonce=2),
    ]
    assert len(registry.record_batch(entries, sender=newcomer).links) == 3


def test_constructor__ether_sent_along__reverts(
    node: Node, actors: Actors, registry_abi: list[dict[str, Any]], registry_bytecode: bytes
) -> None:
    data = registry_bytecode + Codec(registry_abi).constructor(*constructor_arguments(actors))
    assert node.send(actors.deployer, None, data, value=1).succeeded is False


def test_constants__any_deployment__are_the_specifications(registry: Registry) -> None:
    for role in ROLES:
        assert registry.call(role) == keccak(text=role)
    assert registry.call("DEFAULT_ADMIN_ROLE") == ZERO_HASH
    assert registry.call("MAX_SLA_DURATION") == 315_360_000
    assert registry.call("MAX_ESCALATION_INTERVAL") == 31_536_000
    assert registry.call("MAX_ESCALATION_LEVEL") == 32
    assert registry.call("MAX_ADMIN_TRANSFER_DELAY") == 31_536_000
    assert registry.call("ENTRY_TYPEHASH") == keccak(
        text="Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,bytes22 head,"
        "address actor,uint40 validUntil)"
    )
    assert registry.call("OBJECTION_TYPEHASH") == keccak(
        text="Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)"
    )


def test_version__any_deployment__is_that_of_the_specification(registry: Registry) -> None:
    assert registry.call("version") == "2.0.0"
