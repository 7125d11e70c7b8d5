"""What is decided at deployment, for good."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import keccak

from tests.support.actors import Actors
from tests.support.codec import Codec
from tests.support.contract import deploy, reverts
from tests.support.links import genesis
from tests.support.node import Node
from tests.support.registry import (
    ADMIN_TRANSFER_DELAY,
    ESCALATION_INTERVAL,
    MAX_ESCALATION_LEVEL,
    Registry,
    constructor_arguments,
)
from tests.support.spec import (
    MAX_ESCALATION_INTERVAL,
    MAX_SLA_DURATION,
    MAX_UINT8,
    MAX_UINT40,
    ZERO_ADDRESS,
    ZERO_HASH,
)

RECORDER_ROLE = keccak(text="RECORDER_ROLE")
SLA_MANAGER_ROLE = keccak(text="SLA_MANAGER_ROLE")
MAX_UINT48 = 2**48 - 1
Deploy = Callable[..., Registry]


def test_constructor__good_parameters__are_kept(registry: Registry, actors: Actors) -> None:
    assert registry.call("defaultAdmin") == registry.call("owner") == actors.admin
    assert registry.call("defaultAdminDelay") == ADMIN_TRANSFER_DELAY
    assert registry.call("escalationInterval") == ESCALATION_INTERVAL
    assert registry.call("maxEscalationLevel") == MAX_ESCALATION_LEVEL


def test_constructor__good_parameters__roles_go_to_those_named_and_nobody_else(
    registry: Registry, actors: Actors
) -> None:
    holders = {
        RECORDER_ROLE: {actors.recorder, actors.second_recorder, actors.signer},
        SLA_MANAGER_ROLE: {actors.sla_manager},
        ZERO_HASH: {actors.admin},
    }
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
        ("RoleGranted", RECORDER_ROLE, actors.recorder, actors.deployer),
        ("RoleGranted", RECORDER_ROLE, actors.second_recorder, actors.deployer),
        ("RoleGranted", RECORDER_ROLE, actors.signer, actors.deployer),
        ("RoleGranted", SLA_MANAGER_ROLE, actors.sla_manager, actors.deployer),
    ]


SOMEBODY = "0x" + "a1" * 20
INVALID: dict[str, dict[str, Any]] = {
    "admin_is_zero": {"admin": ZERO_ADDRESS},
    "only_recorder_is_zero": {"recorders": [ZERO_ADDRESS]},
    "last_recorder_is_zero": {"recorders": [SOMEBODY, ZERO_ADDRESS]},
    "only_sla_manager_is_zero": {"slaManagers": [ZERO_ADDRESS]},
    "last_sla_manager_is_zero": {"slaManagers": [SOMEBODY, ZERO_ADDRESS]},
    "interval_is_zero": {"escalationInterval": 0},
    "interval_is_a_second_too_long": {"escalationInterval": MAX_ESCALATION_INTERVAL + 1},
    "interval_is_the_greatest": {"escalationInterval": MAX_UINT40},
    "level_is_zero": {"maxEscalationLevel": 0},
}


@pytest.mark.parametrize("changes", INVALID.values(), ids=INVALID.keys())
def test_constructor__invalid_parameter__reverts(deploy_registry: Deploy, changes: dict[str, Any]) -> None:
    with reverts("InvalidParameter"):
        deploy_registry(**changes)


@pytest.mark.parametrize("interval", [1, MAX_ESCALATION_INTERVAL])
def test_constructor__interval_at_its_limit__is_kept(deploy_registry: Deploy, interval: int) -> None:
    assert deploy_registry(escalationInterval=interval).call("escalationInterval") == interval


@pytest.mark.parametrize("level", [1, MAX_UINT8])
def test_constructor__level_at_its_limit__is_kept(deploy_registry: Deploy, level: int) -> None:
    assert deploy_registry(maxEscalationLevel=level).call("maxEscalationLevel") == level


@pytest.mark.parametrize("delay", [0, MAX_UINT48])
def test_constructor__delay_at_its_limit__is_kept(deploy_registry: Deploy, delay: int) -> None:
    assert deploy_registry(adminTransferDelay=delay).call("defaultAdminDelay") == delay


def test_constructor__empty_lists__nobody_has_the_roles_until_granted(
    deploy_registry: Deploy, complaint: bytes, admin: str, recorder: str
) -> None:
    registry = deploy_registry(recorders=[], slaManagers=[])
    with reverts("AccessControlUnauthorizedAccount", account=recorder, neededRole=RECORDER_ROLE):
        registry.create(complaint)
    registry.send("grantRole", RECORDER_ROLE, recorder, sender=admin)
    registry.create(complaint)


def test_constructor__account_named_twice_and_in_both_lists__has_both_roles(
    deploy_registry: Deploy, newcomer: str
) -> None:
    registry = deploy_registry(recorders=[newcomer, newcomer], slaManagers=[newcomer])
    assert registry.call("hasRole", RECORDER_ROLE, newcomer) is True
    assert registry.call("hasRole", SLA_MANAGER_ROLE, newcomer) is True


def test_constructor__ether_sent_along__reverts(
    node: Node, actors: Actors, registry_abi: list[dict[str, Any]], registry_bytecode: bytes
) -> None:
    data = registry_bytecode + Codec(registry_abi).constructor(*constructor_arguments(actors))
    assert node.send(actors.deployer, None, data, value=1).succeeded is False


def test_constants__any_deployment__are_the_specifications(registry: Registry) -> None:
    assert registry.call("RECORDER_ROLE") == RECORDER_ROLE
    assert registry.call("SLA_MANAGER_ROLE") == SLA_MANAGER_ROLE
    assert registry.call("DEFAULT_ADMIN_ROLE") == ZERO_HASH
    assert registry.call("MAX_SLA_DURATION") == MAX_SLA_DURATION == 315_360_000
    assert registry.call("MAX_ESCALATION_INTERVAL") == MAX_ESCALATION_INTERVAL == 31_536_000
    assert registry.call("COMPLAINT_EVENT_TYPEHASH") == keccak(
        text="ComplaintEvent(bytes32 complaintId,uint8 eventType,bytes32 dataHash,uint24 sequence,"
        "address actor,uint40 validUntil)"
    )


def test_version__any_deployment__is_semantic(registry: Registry) -> None:
    major, minor, patch = (int(part) for part in registry.call("version").split("."))
    assert (major, minor, patch) >= (1, 0, 0)


def test_genesis__any_deployment__is_of_this_chain_and_address(registry: Registry, deploy_registry: Deploy) -> None:
    twin = deploy_registry()
    assert registry.call("GENESIS") == genesis(registry.node.chain_id, registry.address)
    assert twin.call("GENESIS") == genesis(registry.node.chain_id, twin.address)
    assert twin.call("GENESIS") != registry.call("GENESIS")


def test_genesis__same_address_on_another_chain__differs(
    node: Node, actors: Actors, registry: Registry, registry_abi: list[dict[str, Any]], registry_bytecode: bytes
) -> None:
    """By a call that creates: it returns the code, in which the immutable stands."""
    data = registry_bytecode + Codec(registry_abi).constructor(*constructor_arguments(actors))
    request = {"from": actors.deployer, "data": "0x" + data.hex()}
    nonce = int(node.rpc("eth_getTransactionCount", actors.deployer, "latest"), 16)
    here = bytes.fromhex(node.rpc("eth_call", request, "latest")[2:])
    with node.undone():
        address = deploy(node, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors)).address
    before = node.chain_id
    node.rpc("anvil_setChainId", 77_777)
    try:
        there = bytes.fromhex(node.rpc("eth_call", request, "latest")[2:])
    finally:
        node.rpc("anvil_setChainId", before)
    assert nonce == int(node.rpc("eth_getTransactionCount", actors.deployer, "latest"), 16)
    assert genesis(before, address) in here
    assert genesis(77_777, address) in there
    assert genesis(before, address) not in there
