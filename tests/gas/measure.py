"""What each operation costs: in the registry, in the barest contract that keeps the same record, in EAS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from eth_abi import encode
from eth_abi.packed import encode_packed
from eth_utils import keccak

from tests.support.actors import Actors
from tests.support.contract import Contract, deploy
from tests.support.node import BASE_TIME, Node
from tests.support.registry import Registry, complaint_id, data_hash
from tests.support.solc import compile_contracts
from tests.support.spec import DAY, ZERO_ADDRESS, ZERO_HASH, EventType
from tests.support.writes import Write

HERE: Final = Path(__file__).parent
# The artifacts of the npm package; its dependency, hardhat, is overridden in package.json, since nothing here runs it.
EAS: Final = HERE.parents[1] / "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts"
BATCH: Final = 100  # items
EAS_BATCH: Final = 50  # items; a hundred exceed the gas of one transaction

# Absolute, so that the bytes of the calldata, which have a price, are the same in every run. Unix seconds.
NOW: Final = BASE_TIME + 10 * DAY
DEADLINE: Final = BASE_TIME + 20 * DAY

Measurements = dict[str, int]


def measure_registry(registry: Registry) -> Measurements:
    """Gas of each operation of the budget, and of the others; each from the same state."""
    node, actors = registry.node, registry.actors
    complaint = complaint_id(1)
    ids = [complaint_id(number) for number in range(BATCH)]

    def filed(sequence: int = 1) -> None:
        registry.log(complaint, EventType.CREATED, sequence=1)
        if sequence > 1:
            registry.set_deadline(complaint, DEADLINE, 2)

    def alone(prepare: Callable[[], object], operate: Callable[[], int]) -> int:
        with node.undone():
            node.warp(NOW)
            prepare()
            return operate()

    def many(event_type: EventType, sequence: int) -> list[bytes]:
        return [
            registry.codec.call("logComplaintEvent", one, event_type, data_hash(number), sequence)
            for number, one in enumerate(ids)
        ]

    def many_filed(deadline: int | None) -> None:
        registry.multicall(many(EventType.CREATED, 1), sender=actors.recorder)
        if deadline is not None:
            calls = [registry.codec.call("setSLADeadline", one, deadline, 2) for one in ids]
            registry.multicall(calls, sender=actors.sla_manager)

    def signed() -> int:
        return Write(EventType.COMMENTED, signed=True).send(registry, complaint, 2).gas_used

    def log(event_type: EventType, sequence: int) -> int:
        return registry.log(complaint, event_type, sequence=sequence).gas_used

    def then(*steps: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            for step in steps:
                step()

        return run

    nothing = then()
    one_link, with_deadline = filed, then(lambda: filed(2))
    held = then(with_deadline, lambda: registry.pause(complaint, 3))
    resolved = then(with_deadline, lambda: registry.log(complaint, EventType.RESOLVED, sequence=3))
    return {
        "log, first of a complaint": alone(nothing, lambda: log(EventType.CREATED, 1)),
        "log, later": alone(one_link, lambda: log(EventType.COMMENTED, 2)),
        "signed log, later": alone(one_link, signed),
        "anchor evidence": alone(one_link, lambda: registry.anchor(complaint, data_hash(9), 2).gas_used),
        "set SLA": alone(one_link, lambda: registry.set_deadline(complaint, DEADLINE, 2).gas_used),
        "escalate one": alone(with_deadline, lambda: registry.escalate(complaint, at=DEADLINE + 1).gas_used),
        "escalate a batch of 100, per item": alone(
            lambda: many_filed(DEADLINE), lambda: registry.escalate_batch(ids, at=DEADLINE + 1).gas_used // BATCH
        ),
        "multicall of 100 logs on 100 complaints, per item": alone(
            lambda: many_filed(None),
            lambda: registry.multicall(many(EventType.COMMENTED, 2), sender=actors.recorder).gas_used // BATCH,
        ),
        "pause": alone(with_deadline, lambda: registry.pause(complaint, 3).gas_used),
        "resume": alone(held, lambda: registry.resume(complaint, 4).gas_used),
        "resolve, clock running": alone(with_deadline, lambda: log(EventType.RESOLVED, 3)),
        "reopen, clock stopped": alone(resolved, lambda: log(EventType.REOPENED, 4)),
        "close, no clock": alone(one_link, lambda: log(EventType.CLOSED, 2)),
    }


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
            "log, first of a complaint": gas("log", ids[0], EventType.CREATED, data_hash(1)),
            "log, later": gas("log", ids[0], EventType.COMMENTED, data_hash(2)),
            "anchor evidence": gas("anchor", ids[0], data_hash(9)),
            "set SLA": gas("setDeadline", ids[0], DEADLINE + DAY),
            "escalate one": gas("escalate", ids[0]),
        }
        gas("logMany", ids, EventType.CREATED, hashes)
        measured["escalate a batch of 100, per item"] = gas("escalateMany", ids) // BATCH
        many = gas("logMany", ids, EventType.COMMENTED, hashes) // BATCH
        measured["multicall of 100 logs on 100 complaints, per item"] = many
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
