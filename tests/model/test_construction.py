"""The constructor and what never changes after it, for generated parameters, against the model."""

from typing import Any

import pytest
from eth_utils import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.registry_model import ModelRevert, RegistryModel, role_id
from tests.support.actors import Actors
from tests.support.contract import deploy, reverts
from tests.support.node import Node
from tests.support.registry import ADMIN_TRANSFER_DELAY, Registry
from tests.support.spec import MAX_ESCALATION_INTERVAL, MAX_UINT8, MAX_UINT40, ZERO_ADDRESS

names = st.sampled_from(["admin", "recorder", "sla_manager", "stranger", "zero"])
mostly_names = st.sampled_from(["admin", "recorder", "second_recorder", "sla_manager", "stranger"])
accounts = st.one_of(st.lists(mostly_names, max_size=3), st.lists(names, max_size=3))
intervals = st.sampled_from(
    [1, 2, 86_400, MAX_ESCALATION_INTERVAL - 1, MAX_ESCALATION_INTERVAL, 0, MAX_ESCALATION_INTERVAL + 1, MAX_UINT40]
)
levels = st.sampled_from([1, 2, MAX_UINT8, 3, 0])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    admin=st.sampled_from(["admin", "stranger", "admin", "zero"]),
    recorders=accounts,
    managers=accounts,
    interval=intervals,
    level=levels,
)
def test_constructor__any_parameters__agrees_with_the_model(
    node: Node,
    actors: Actors,
    registry_abi: list[dict[str, Any]],
    registry_bytecode: bytes,
    admin: str,
    recorders: list[str],
    managers: list[str],
    interval: int,
    level: int,
) -> None:
    def address(name: str) -> str:
        return ZERO_ADDRESS if name == "zero" else getattr(actors, name)

    lists = [address(name) for name in recorders], [address(name) for name in managers]
    arguments = (address(admin), ADMIN_TRANSFER_DELAY, *lists, interval, level)
    with node.undone():
        try:
            model = RegistryModel(node.chain_id, ZERO_ADDRESS, address(admin), *lists, interval, level)
        except ModelRevert as error:
            with reverts(error.name, **error.arguments):
                deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments)
            return
        deployed = deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments)
        registry = Registry(node, deployed.address, registry_abi, actors)
        model.contract = deployed.address
        assert registry.call("GENESIS") == model.genesis
        assert registry.call("escalationInterval") == interval
        assert registry.call("maxEscalationLevel") == level
        assert registry.call("defaultAdmin") == model.admin
        assert registry.call("defaultAdminDelay") == ADMIN_TRANSFER_DELAY
        assert registry.call("hasRole", bytes(32), model.admin) is True
        for role, holders in model.roles.items():
            assert registry.call("getRoleAdmin", role_id(role)) == bytes(32)
            for account in vars(actors).values():
                assert registry.call("hasRole", role_id(role), account) == (account in holders)


def test_constants__read__are_those_of_the_specification(registry: Registry) -> None:
    typed = (
        "ComplaintEvent(bytes32 complaintId,uint8 eventType,bytes32 dataHash,uint24 sequence,address actor,"
        "uint40 validUntil)"
    )
    assert registry.call("RECORDER_ROLE") == keccak(text="RECORDER_ROLE")
    assert registry.call("SLA_MANAGER_ROLE") == keccak(text="SLA_MANAGER_ROLE")
    assert registry.call("COMPLAINT_EVENT_TYPEHASH") == keccak(text=typed)
    assert registry.call("MAX_SLA_DURATION") == 3650 * 86_400
    assert registry.call("MAX_ESCALATION_INTERVAL") == 365 * 86_400
    assert registry.call("version").count(".") == 2


@pytest.mark.parametrize(
    ("signature", "is_supported"),
    [
        (None, True),  # the registry's own interface
        ("supportsInterface(bytes4)", True),
        ("nothing()", False),
    ],
)
def test_supports_interface__id__is_told(registry: Registry, signature: str | None, is_supported: bool) -> None:
    interface = keccak(text=signature)[:4] if signature else own_interface_id()
    assert registry.call("supportsInterface", interface) is is_supported
    assert registry.call("supportsInterface", b"\xff" * 4) is False


OWN_FUNCTIONS = (
    "logComplaintEvent(bytes32,uint8,bytes32,uint24)",
    "logComplaintEventWithSignature(bytes32,uint8,bytes32,uint24,address,uint40,bytes)",
    "anchorEvidence(bytes32,bytes32,uint24)",
    "setSLADeadline(bytes32,uint40,uint24)",
    "pauseSLA(bytes32,uint24)",
    "resumeSLA(bytes32,uint24)",
    "checkAndEscalate(bytes32)",
    "batchCheckAndEscalate(bytes32[])",
    "getComplaint(bytes32)",
    "evidenceAnchor(bytes32,bytes32)",
    "isEscalatable(bytes32)",
    "escalatable(bytes32[])",
    "linkHash(bytes22,bytes32,uint24,uint8,address,uint40,bytes32)",
    *("version()", "GENESIS()", "RECORDER_ROLE()", "SLA_MANAGER_ROLE()", "COMPLAINT_EVENT_TYPEHASH()"),
    *("MAX_SLA_DURATION()", "MAX_ESCALATION_INTERVAL()", "escalationInterval()", "maxEscalationLevel()"),
)


def own_interface_id() -> bytes:
    """EIP-165: the selectors of all functions of the interface, exclusive-ored."""
    value = 0
    for function in OWN_FUNCTIONS:
        value ^= int.from_bytes(keccak(text=function)[:4])
    return value.to_bytes(4)
