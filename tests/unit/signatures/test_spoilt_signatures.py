"""Signatures of something else, by somebody else, for elsewhere, or with spoilt bytes: of entries and of objections."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.contract import reverts
from tests.support.entries import Objection, SignedEntry, complaint_id, data_hash, subject
from tests.support.node import Node
from tests.support.registry import Registry
from tests.support.signing import ORDER, Signable, compact, malleate, sign_typed_data
from tests.support.spec import MAX_UINT40, EventType

Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Paper:
    """Something signed, and the function that takes it."""

    content: Signable
    function: str
    signer: str

    def send(self, registry: Registry, signature: bytes, content: Signable | None = None) -> None:
        arguments = (content or self.content).arguments
        registry.send(self.function, *arguments, signature, sender=registry.actors.relayer)

    def simulate(self, registry: Registry, signature: bytes) -> None:
        """A call: the node's accounts do not sign transactions for a forked chain."""
        registry.call(self.function, *self.content.arguments, signature, sender=registry.actors.relayer)


@pytest.fixture(params=["entry", "objection"])
def paper(request: pytest.FixtureRequest, registry: Registry, complaint: bytes) -> Paper:
    """An entry or an objection for a complaint that is known; not signed yet."""
    registry.create(complaint)
    if request.param == "objection":
        objection = registry.objection(1)
        return Paper(objection, "logObjection", objection.complainant)
    entry = registry.signed(registry.entry(complaint, EventType.COMMENTED), valid_until=registry.node.time + 3_600)
    return Paper(entry, "recordSigned", entry.actor)


@pytest.fixture
def entry(registry: Registry, complaint: bytes) -> SignedEntry:
    registry.create(complaint)
    return registry.signed(registry.entry(complaint, EventType.COMMENTED), valid_until=registry.node.time + 3_600)


@pytest.fixture
def objection(registry: Registry, complaint: bytes) -> Objection:
    registry.create(complaint)
    return registry.objection(1)


@pytest.mark.parametrize(
    "changes",
    [
        {"complaint_id": complaint_id(2)},
        {"event_type": EventType.ASSIGNED},
        {"data": data_hash(3)},
        {"nonce": 2},
        {"head": b"\x01" * 22},
        {"valid_until": MAX_UINT40},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_record_signed__field_changed_after_signing__reverts(
    registry: Registry, entry: SignedEntry, changes: dict[str, Any]
) -> None:
    with reverts("InvalidSignature", signer=entry.actor):
        registry.record_signed(entry.but(**changes), registry.sign_entry(entry))


def test_record_signed__actor_changed_after_signing__reverts(
    registry: Registry, entry: SignedEntry, recorder: str
) -> None:
    with reverts("InvalidSignature", signer=recorder):
        registry.record_signed(entry.but(actor=recorder), registry.sign_entry(entry))


@pytest.mark.parametrize(
    "changes",
    [{"subject": subject(2)}, {"data": data_hash(3)}, {"number": 1}],
    ids=lambda changes: next(iter(changes)),
)
def test_log_objection__field_changed_after_signing__reverts(
    registry: Registry, objection: Objection, changes: dict[str, Any]
) -> None:
    with reverts("InvalidSignature", signer=objection.complainant):
        registry.object(objection.but(**changes), registry.sign_objection(objection))


def test_log_objection__complainant_changed_after_signing__reverts(
    registry: Registry, objection: Objection, stranger: str
) -> None:
    with reverts("InvalidSignature", signer=stranger):
        registry.object(objection.but(complainant=stranger), registry.sign_objection(objection))


@pytest.mark.parametrize("who", ["recorder", "operator", "admin", "stranger", "relayer"])
def test_signed__by_another__reverts(registry: Registry, paper: Paper, who: str) -> None:
    signature = registry.sign(paper.content, signer=getattr(registry.actors, who))
    with reverts("InvalidSignature", signer=paper.signer):
        paper.send(registry, signature)


def with_domain(**changes: Any) -> Change:
    return lambda typed_data: typed_data["domain"].update(changes)


def with_message(**changes: Any) -> Change:
    return lambda typed_data: typed_data["message"].update(changes)


def rename_type(typed_data: dict[str, Any]) -> None:
    typed_data["types"]["Complaint"] = typed_data["types"].pop(typed_data["primaryType"])
    typed_data["primaryType"] = "Complaint"


def without_genesis(typed_data: dict[str, Any]) -> None:
    fields = typed_data["types"][typed_data["primaryType"]]
    typed_data["types"][typed_data["primaryType"]] = [item for item in fields if item["name"] != "genesis"]
    del typed_data["message"]["genesis"]


def widen_data(typed_data: dict[str, Any]) -> None:
    fields = typed_data["types"][typed_data["primaryType"]]
    typed_data["types"][typed_data["primaryType"]] = [
        {**item, "type": "uint256"} if item["name"] == "data" else item for item in fields
    ]


ELSEWHERE: dict[str, Change] = {
    "chain": with_domain(chainId=1),
    "contract": with_domain(verifyingContract="0x" + "11" * 20),
    "domain_name": with_domain(name="OtherRegistry"),
    "domain_version": with_domain(version="1"),
    "genesis": with_message(genesis="0x" + "11" * 22),
    "no_genesis": without_genesis,
    "primary_type": rename_type,
    "field_type": widen_data,
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_signed__for_another_domain_genesis_or_type__reverts(registry: Registry, paper: Paper, change: Change) -> None:
    typed_data = registry.typed_data(paper.content)
    change(typed_data)
    with reverts("InvalidSignature", signer=paper.signer):
        paper.send(registry, sign_typed_data(registry.node, paper.signer, typed_data))


@contextmanager
def forked(node: Node, chain_id: int) -> Iterator[None]:
    """The chain goes on under another id, as after a contentious fork."""
    before = node.chain_id
    node.rpc("anvil_setChainId", chain_id)
    try:
        yield
    finally:
        node.rpc("anvil_setChainId", before)


def test_signed__chain_forked_since__is_valid_on_one_side_only(registry: Registry, paper: Paper) -> None:
    signature = registry.sign(paper.content, signer=paper.signer)
    with forked(registry.node, 77_777):
        with reverts("InvalidSignature", signer=paper.signer):
            paper.simulate(registry, signature)
        of_the_fork = registry.sign(paper.content, signer=paper.signer)
        paper.simulate(registry, of_the_fork)
    paper.simulate(registry, signature)
    with reverts("InvalidSignature", signer=paper.signer):
        paper.simulate(registry, of_the_fork)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "one_byte_short": lambda signature: signature[:64],
    "one_byte_long": lambda signature: signature + b"\x00",
    "compact": compact,
    "malleated": malleate,
    "high_s_only": lambda signature: malleate(signature)[:64] + signature[64:],
    "other_v": lambda signature: signature[:64] + bytes([55 - signature[64]]),
    "v_0_or_1": lambda signature: signature[:64] + bytes([signature[64] - 27]),
    "v_29": lambda signature: signature[:64] + b"\x1d",
    "flipped_bit_in_r": lambda signature: bytes([signature[0] ^ 1]) + signature[1:],
    "flipped_bit_in_s": lambda signature: signature[:63] + bytes([signature[63] ^ 1]) + signature[64:],
    "zeros": lambda _: bytes(65),
    "ones": lambda _: b"\xff" * 65,
    "r_and_s_swapped": lambda signature: signature[32:64] + signature[:32] + signature[64:],
    "twice": lambda signature: signature * 2,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_signed__spoilt_bytes__revert(registry: Registry, paper: Paper, spoil: Callable[[bytes], bytes]) -> None:
    signature = registry.sign(paper.content, signer=paper.signer)
    assert int.from_bytes(signature[32:64]) <= ORDER // 2
    with reverts("InvalidSignature", signer=paper.signer):
        paper.send(registry, spoil(signature))
    paper.send(registry, signature)
