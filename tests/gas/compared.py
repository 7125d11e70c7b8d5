"""What the registry is compared with: the barest contract that keeps the same record, and EAS."""

import json
from pathlib import Path
from typing import Final

from eth_abi import encode
from eth_abi.packed import encode_packed
from eth_utils import keccak

from tests.gas.measure import BATCH, DEADLINE, NOW, Measurements
from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.entries import complaint_id, data_hash
from tests.support.node import Node
from tests.support.solc import compile_contracts
from tests.support.spec import DAY, ZERO_ADDRESS, ZERO_HASH, EventType

HERE: Final = Path(__file__).parent
# The artifacts of the npm package; its dependency, hardhat, is overridden in package.json, since nothing here runs it.
EAS: Final = HERE.parents[1] / "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts"
EAS_BATCH: Final = 50  # items; a hundred exceed the gas of one transaction


def measure_floor(node: Node, actors: Actors) -> Measurements:
    """The same writes in tests/gas/contracts/Floor.sol."""
    artifact = compile_contracts(HERE / "contracts" / "Floor.sol")["Floor"]
    ids = [complaint_id(number) for number in range(BATCH)]
    hashes = [data_hash(number) for number in range(BATCH)]

    with node.undone():
        node.warp(NOW)
        floor = deploy(node, actors.deployer, artifact.abi, artifact.bytecode)

        def gas(function: str, *args: object) -> int:
            return floor.send(function, *args, sender=actors.recorder).gas_used

        for one in ids:
            gas("setDeadline", one, DEADLINE)
        measured = {
            "file": gas("log", ids[0], EventType.CREATED, data_hash(1)),
            "log, later": gas("log", ids[0], EventType.COMMENTED, data_hash(2)),
            "anchor evidence": gas("anchor", ids[0], data_hash(9)),
            "set SLA": gas("setDeadline", ids[0], DEADLINE + DAY),
            "escalate one": gas("escalate", ids[0]),
        }
        new = [complaint_id(number) for number in range(BATCH, 2 * BATCH)]
        measured["batch of 100: file"] = gas("logMany", new, EventType.CREATED, hashes) // BATCH
        measured["batch of 100: log, later"] = gas("logMany", new, EventType.COMMENTED, hashes) // BATCH
        measured["batch of 100: escalate"] = gas("escalateMany", ids) // BATCH
        return measured


def measure_eas(node: Node, actors: Actors) -> Measurements:
    """An attestation of the same three words on EAS, not revocable, without resolver, recipient or expiry."""
    with node.undone():
        node.warp(NOW)
        schemas = _deploy_eas(node, actors, "SchemaRegistry")
        eas = _deploy_eas(node, actors, "EAS", schemas.address)
        fields = "bytes32 complaintId,uint8 eventType,bytes32 dataHash"
        schemas.send("register", fields, ZERO_ADDRESS, False, sender=actors.recorder)
        schema = keccak(encode_packed(["string", "address", "bool"], [fields, ZERO_ADDRESS, False]))

        def request(number: int) -> tuple[object, ...]:
            words = [complaint_id(number), EventType.COMMENTED, data_hash(number)]
            content = encode(["bytes32", "uint8", "bytes32"], words)
            return (ZERO_ADDRESS, 0, False, ZERO_HASH, content, 0)

        eas.send("attest", (schema, request(0)), sender=actors.recorder)
        one = eas.send("attest", (schema, request(1)), sender=actors.recorder).gas_used
        requests = [request(number) for number in range(2, 2 + EAS_BATCH)]
        many = eas.send("multiAttest", [(schema, requests)], sender=actors.recorder).gas_used // EAS_BATCH
        return {"attest": one, f"multiAttest of {EAS_BATCH}, per item": many}


def _deploy_eas(node: Node, actors: Actors, name: str, *args: object) -> Contract:
    artifact = json.loads((EAS / f"{name}.sol" / f"{name}.json").read_text())
    bytecode = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
    return deploy(node, actors.deployer, artifact["abi"], bytecode, *args)
