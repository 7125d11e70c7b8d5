"""What stands before every first link: of this chain, this address and the block before, and of nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.actors import Actors
from tests.support.anvil import anvil
from tests.support.codec import Codec
from tests.support.contract import deploy
from tests.support.links import genesis
from tests.support.node import Node
from tests.support.registry import Registry, constructor_arguments
from tests.support.spec import ZERO_HASH

Abi = list[dict[str, Any]]
Deploy = Callable[..., Registry]
OTHER_CHAIN = 77_777


@pytest.fixture(scope="module")
def fresh() -> Iterator[Node]:
    """A chain that has no block but the first."""
    with anvil() as node:
        yield node


def block_hash(node: Node, number: int) -> bytes:
    return bytes.fromhex(node.rpc("eth_getBlockByNumber", hex(number), False)["hash"][2:])


def creation(actors: Actors, abi: Abi, bytecode: bytes) -> dict[str, str]:
    """A call that creates: it returns the code, in which the immutable stands."""
    data = bytecode + Codec(abi).constructor(*constructor_arguments(actors))
    return {"from": actors.deployer, "data": "0x" + data.hex()}


def test_genesis__any_deployment__is_of_chain_address_and_parent(node: Node, deploy_registry: Deploy) -> None:
    for _ in range(2):
        registry = deploy_registry()
        parent = block_hash(node, int(node.rpc("eth_blockNumber"), 16) - 1)
        assert registry.genesis == genesis(node.chain_id, registry.address, parent)


def test_genesis__same_chain_id_and_address_after_another_block__differs(
    node: Node, actors: Actors, registry_abi: Abi, registry_bytecode: bytes
) -> None:
    """As on two chains with one id: the block before is another one."""

    def deployed() -> tuple[str, bytes]:
        contract = deploy(node, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors))
        return contract.address, contract.call("GENESIS")

    with node.undone():
        one = deployed()
    node.warp(node.time + 1_000)
    other = deployed()
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_genesis__same_address_and_parent_on_another_chain__differs(
    node: Node, actors: Actors, registry_abi: Abi, registry_bytecode: bytes
) -> None:
    request = creation(actors, registry_abi, registry_bytecode)
    with node.undone():
        address = deploy(node, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors)).address
    before = node.chain_id
    here = node.rpc("eth_call", request, "latest")
    node.rpc("anvil_setChainId", OTHER_CHAIN)
    try:
        there = node.rpc("eth_call", request, "latest")
    finally:
        node.rpc("anvil_setChainId", before)
    # A call is of the newest block, or of the one after it: which, is the node's own affair.
    number = int(node.rpc("eth_blockNumber"), 16)
    parents = [block_hash(node, number), block_hash(node, number - 1)]
    assert any(genesis(before, address, parent).hex() in here for parent in parents)
    assert any(genesis(OTHER_CHAIN, address, parent).hex() in there for parent in parents)
    assert not any(genesis(before, address, parent).hex() in there for parent in parents)


def test_genesis__called_and_estimated_in_block_0__parent_is_zero_and_nothing_panics(
    fresh: Node, registry_abi: Abi, registry_bytecode: bytes
) -> None:
    actors = Actors.of(fresh)
    request = creation(actors, registry_abi, registry_bytecode)
    assert int(fresh.rpc("eth_blockNumber"), 16) == 0
    assert int(fresh.rpc("eth_estimateGas", request), 16) > 0
    code = fresh.rpc("eth_call", request, "latest", {}, {"number": "0x0"})
    with fresh.undone():
        arguments = constructor_arguments(actors)
        address = deploy(fresh, actors.deployer, registry_abi, registry_bytecode, *arguments).address
    assert genesis(fresh.chain_id, address, ZERO_HASH).hex() in code


def test_genesis__deployed_in_block_1__parent_is_block_0(
    fresh: Node, registry_abi: Abi, registry_bytecode: bytes
) -> None:
    actors = Actors.of(fresh)
    with fresh.undone():
        contract = deploy(fresh, actors.deployer, registry_abi, registry_bytecode, *constructor_arguments(actors))
        assert contract.call("GENESIS") == genesis(fresh.chain_id, contract.address, block_hash(fresh, 0))
