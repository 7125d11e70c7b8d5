"""The constructor and what never changes after it, for generated parameters, against the model."""

from typing import Any

import pytest
from eth_utils import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.registry_model import ModelRevert, RegistryModel, role_id
from tests.support.actors import Actors
from tests.support.contract import deploy, reverts
from tests.support.links import genesis
from tests.support.node import Node
from tests.support.registry import Registry
from tests.support.signing import type_string
from tests.support.spec import (
    DAY,
    MAX_ADMIN_TRANSFER_DELAY,
    MAX_ESCALATION_INTERVAL,
    MAX_ESCALATION_LEVEL,
    MAX_SLA_DURATION,
    MAX_UINT8,
    MAX_UINT32,
    ROLES,
    ZERO_ADDRESS,
)

names = st.sampled_from(["admin", "recorder", "sla_manager", "stranger", "zero"])
mostly_names = st.sampled_from(["admin", "recorder", "second_recorder", "intake", "sla_manager", "stranger"])
accounts = st.one_of(st.lists(mostly_names, max_size=3), st.lists(names, max_size=3))
delays = st.sampled_from([0, 1, 3 * DAY, MAX_ADMIN_TRANSFER_DELAY, MAX_ADMIN_TRANSFER_DELAY + 1, 2**48 - 1])
slas = st.sampled_from([0, 1, 30 * DAY, MAX_SLA_DURATION, MAX_SLA_DURATION + 1, MAX_UINT32])
intervals = st.sampled_from(
    [1, 2, DAY, MAX_ESCALATION_INTERVAL - 1, MAX_ESCALATION_INTERVAL, 0, MAX_ESCALATION_INTERVAL + 1, MAX_UINT32]
)
levels = st.sampled_from([1, 2, 3, MAX_ESCALATION_LEVEL, 0, MAX_ESCALATION_LEVEL + 1, MAX_UINT8])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    admin=st.sampled_from(["admin", "stranger", "admin", "zero"]),
    delay=delays,
    holders=st.tuples(accounts, accounts, accounts),
    terms=st.tuples(slas, intervals, levels),
)
def test_constructor__any_parameters__agrees_with_the_model(
    node: Node,
    actors: Actors,
    registry_abi: list[dict[str, Any]],
    registry_bytecode: bytes,
    admin: str,
    delay: int,
    holders: tuple[list[str], ...],
    terms: tuple[int, int, int],
) -> None:
    def address(name: str) -> str:
        return ZERO_ADDRESS if name == "zero" else getattr(actors, name)

    lists = [[address(name) for name in role_holders] for role_holders in holders]
    arguments = (address(admin), delay, *lists, *terms)
    with node.undone():
        parent = bytes.fromhex(node.rpc("eth_getBlockByNumber", "latest", False)["hash"][2:])
        try:
            model = RegistryModel(bytes(22), *arguments)
        except ModelRevert as error:
            with reverts(error.name, **error.arguments):
                deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments)
            return
        deployed = deploy(node, actors.deployer, registry_abi, registry_bytecode, *arguments)
        registry = Registry(node, deployed.address, registry_abi, actors)
        assert registry.genesis == genesis(node.chain_id, deployed.address, parent)
        assert registry.call("defaultSLA") == model.default_sla
        assert registry.call("escalationInterval") == model.escalation_interval
        assert registry.call("maxEscalationLevel") == model.max_escalation_level
        assert registry.call("defaultAdmin") == model.admin
        assert registry.call("defaultAdminDelay") == delay
        assert registry.call("hasRole", bytes(32), model.admin) is True
        assert registry.filings() == model.filings
        for role in ROLES:
            assert registry.call("getRoleAdmin", role_id(role)) == bytes(32)
            for account in vars(actors).values():
                assert registry.call("hasRole", role_id(role), account) == (account in model.roles[role])


def test_constants__read__are_those_of_the_specification(registry: Registry) -> None:
    for role in ROLES:
        assert registry.call(role) == keccak(text=role)
    assert registry.call("ENTRY_TYPEHASH") == keccak(text=type_string("Entry"))
    assert registry.call("OBJECTION_TYPEHASH") == keccak(text=type_string("Objection"))
    assert registry.call("MAX_SLA_DURATION") == 3650 * 86_400
    assert registry.call("MAX_ESCALATION_INTERVAL") == 365 * 86_400
    assert registry.call("MAX_ESCALATION_LEVEL") == 32
    assert registry.call("MAX_ADMIN_TRANSFER_DELAY") == 365 * 86_400
    assert registry.call("version") == "2.0.0"


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
    "anchorEvidence(bytes32,bytes32,uint24)",
    "setSLADeadline(bytes32,uint256,uint24)",
    *("pauseSLA(bytes32,uint24)", "resumeSLA(bytes32,uint24)"),
    "recordBatch((bytes32,bytes32,uint8,uint24)[])",
    "recordSigned((bytes32,bytes32,uint8,uint24),bytes22,address,uint40,bytes)",
    "logObjection(bytes32,address,bytes32,uint8,bytes)",
    *("checkAndEscalate(bytes32)", "batchCheckAndEscalate(bytes32[])"),
    *("getComplaint(bytes32)", "getComplaints(bytes32[])", "nonce(bytes32)", "escalatable(bytes32[])"),
    *("evidenceAnchor(bytes32,bytes32)", "registry()", "version()"),
    "linkHash(bytes22,bytes32,uint24,uint8,address,uint40,bytes32)",
    *("GENESIS()", "INTAKE_ROLE()", "RECORDER_ROLE()", "SLA_MANAGER_ROLE()", "ENTRY_TYPEHASH()"),
    *("OBJECTION_TYPEHASH()", "MAX_SLA_DURATION()", "MAX_ESCALATION_INTERVAL()", "MAX_ESCALATION_LEVEL()"),
    *("MAX_ADMIN_TRANSFER_DELAY()", "defaultSLA()", "escalationInterval()", "maxEscalationLevel()"),
)


def own_interface_id() -> bytes:
    """EIP-165: the selectors of all functions of the interface, exclusive-ored."""
    value = 0
    for function in OWN_FUNCTIONS:
        value ^= int.from_bytes(keccak(text=function)[:4])
    return value.to_bytes(4)
