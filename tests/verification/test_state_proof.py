"""A complaint's slot is proved from the block's state root alone, and no node can prove another."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.entries import complaint_id
from tests.support.registry import Registry
from tests.support.spec import DAY, EventType
from tests.verification.chain_verifier import HistoryReader
from tests.verification.conftest import deployment_of, links_of
from tests.verification.decoder import BrokenHistory, Slot
from tests.verification.state_proof import WrongProof, proved_slot

COMPLAINT = complaint_id(1)
UNKNOWN = complaint_id(2)


@pytest.fixture
def filed(registry: Registry) -> Registry:
    """A registry with several complaints, so that its storage is a tree of some depth."""
    for number in (1, *range(10, 30)):
        registry.create(complaint_id(number))
    registry.set_deadline(COMPLAINT, registry.node.time + DAY)
    registry.log(COMPLAINT, EventType.RESOLVED)
    return registry


def state_root(registry: Registry, block: str = "latest") -> bytes:
    return bytes.fromhex(registry.node.rpc("eth_getBlockByNumber", block, False)["stateRoot"][2:])


def get_proof(registry: Registry, complaint: bytes, block: str = "latest") -> dict[str, Any]:
    slot = hex(registry.slot_of(complaint))
    return registry.node.rpc("eth_getProof", registry.address, [slot], block)


def test_get_proof__complaint__proves_the_slot_and_the_history_behind_it(filed: Registry) -> None:
    word = proved_slot(state_root(filed), filed.address, filed.slot_of(COMPLAINT), get_proof(filed, COMPLAINT))
    slot, shown = Slot.decode(word), filed.complaint(COMPLAINT)
    assert (slot.head, slot.event_count) == (shown.head, shown.event_count) == (shown.head, 3)
    assert (slot.sla_deadline, slot.status) == (shown.sla_deadline, shown.status)
    assert (slot.escalations, slot.objections) == (shown.escalations, shown.objections)

    logs = links_of(filed)
    reader = HistoryReader(deployment_of(filed))
    reader.read(logs)
    reader.check(COMPLAINT, slot)
    censored = HistoryReader(deployment_of(filed))
    censored.read(logs[:-1])
    with pytest.raises(BrokenHistory):
        censored.check(COMPLAINT, slot)


def test_get_proof__unknown_complaint__proves_that_there_is_none(filed: Registry) -> None:
    proof = get_proof(filed, UNKNOWN)
    assert proved_slot(state_root(filed), filed.address, filed.slot_of(UNKNOWN), proof) == 0


def test_get_proof__other_block__is_refused(filed: Registry) -> None:
    old_root, old_proof = state_root(filed), get_proof(filed, COMPLAINT)
    filed.log(COMPLAINT, EventType.REOPENED)
    slot = filed.slot_of(COMPLAINT)
    assert proved_slot(old_root, filed.address, slot, old_proof)
    with pytest.raises(WrongProof):
        proved_slot(state_root(filed), filed.address, slot, old_proof)
    with pytest.raises(WrongProof):
        proved_slot(old_root, filed.address, slot, get_proof(filed, COMPLAINT))


def test_get_proof__of_another_complaint__is_refused(filed: Registry) -> None:
    proof = get_proof(filed, complaint_id(10))
    with pytest.raises(WrongProof):
        proved_slot(state_root(filed), filed.address, filed.slot_of(COMPLAINT), proof)


def test_get_proof__of_an_account_without_code__is_refused(filed: Registry) -> None:
    stranger = filed.actors.stranger
    proof = filed.node.rpc("eth_getProof", stranger, [hex(filed.slot_of(COMPLAINT))], "latest")
    with pytest.raises(WrongProof, match="no contract"):
        proved_slot(state_root(filed), stranger, filed.slot_of(COMPLAINT), proof)


@pytest.mark.parametrize("part", ["accountProof", "storageProof"])
def test_get_proof__any_node_altered__is_refused(filed: Registry, part: str) -> None:
    root, slot, proof = state_root(filed), filed.slot_of(COMPLAINT), get_proof(filed, COMPLAINT)
    depth = len(nodes_of(proof, part))
    assert depth >= 2
    for index in range(depth):
        forged = deepcopy(proof)
        nodes = nodes_of(forged, part)
        raw = bytearray.fromhex(nodes[index][2:])
        raw[-1] ^= 1
        nodes[index] = "0x" + raw.hex()
        with pytest.raises(WrongProof):
            proved_slot(root, filed.address, slot, forged)


def nodes_of(proof: dict[str, Any], part: str) -> list[str]:
    """The list of trie nodes, which may be changed in place."""
    return proof["accountProof"] if part == "accountProof" else proof["storageProof"][0]["proof"]
