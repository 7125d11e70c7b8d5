"""Typed data and calldata without a chain: one signature stands for one thing; other calldata carries no entries."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from blockchain.protocol import calldata, typed_data
from blockchain.protocol.kinds import EventType
from blockchain.protocol.typed_data import Domain
from tests.protocol.links import CONTRACT, hex_bytes

DOMAIN = Domain(chain_id=31337, contract=CONTRACT, genesis="0x" + "33" * 22)
ID, DATA, ACTOR = "0x" + "11" * 32, "0x" + "22" * 32, "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
ENTRY: dict[str, Any] = {
    "complaint_id": ID,
    "data": DATA,
    "event_type": EventType.COMMENTED,
    "nonce": 1,
    "actor": ACTOR,
    "valid_until": 5,
}
ACKNOWLEDGED: dict[str, Any] = {"complaint_id": ID, "data": DATA, "event_type": EventType.COMMENTED, "accepted_at": 5}
OTHERS: dict[str, Any] = {
    "complaint_id": DATA,
    "data": ID,
    "event_type": EventType.CREATED,
    "nonce": 2,
    "actor": CONTRACT,
    "valid_until": 6,
    "accepted_at": 6,
    "number": 1,
    "head": "0x" + "00" * 21 + "01",
}


def digests(domain: Domain = DOMAIN, **changed: Any) -> tuple[bytes, bytes, bytes]:
    """Of an entry, an objection and an acknowledgement."""

    def chosen(usual: dict[str, Any], *optional: str) -> dict[str, Any]:
        return usual | {name: value for name, value in changed.items() if name in usual or name in optional}

    objection = chosen({"complaint_id": ID, "data": DATA, "number": 0})
    return (
        typed_data.digest(typed_data.entry_typed_data(domain, **chosen(ENTRY, "head"))),
        typed_data.digest(typed_data.objection_typed_data(domain, **objection)),
        typed_data.digest(typed_data.acknowledgement_typed_data(domain, **chosen(ACKNOWLEDGED))),
    )


def test_digest__three_kinds_of_the_same_content__differ() -> None:
    assert len(set(digests())) == 3


@pytest.mark.parametrize(
    "domain",
    [
        Domain(chain_id=1, contract=CONTRACT, genesis=DOMAIN.genesis),
        Domain(chain_id=31337, contract=ACTOR, genesis=DOMAIN.genesis),
        Domain(chain_id=31337, contract=CONTRACT, genesis="0x" + "34" * 22),
    ],
)
def test_digest__another_deployment__has_no_digest_in_common(domain: Domain) -> None:
    assert not set(digests(domain)) & set(digests())


@pytest.mark.parametrize("name", OTHERS)
def test_digest__one_member_differs__so_does_each_digest_that_has_it(name: str) -> None:
    having = {
        "complaint_id": (True, True, True),
        "data": (True, True, True),
        "event_type": (True, False, True),
        "accepted_at": (False, False, True),
        "number": (False, True, False),
    }.get(name, (True, False, False))
    pairs = zip(digests(), digests(**{name: OTHERS[name]}), strict=True)
    assert tuple(usual != other for usual, other in pairs) == having


def test_entry_typed_data__no_head__is_any_head() -> None:
    assert digests() == digests(head=typed_data.ANY_HEAD)
    assert typed_data.entry_typed_data(DOMAIN, **ENTRY)["message"]["head"] == "0x" + "00" * 22


def test_typed_data__through_json__has_the_same_digest() -> None:
    for typed in (
        typed_data.entry_typed_data(DOMAIN, **ENTRY | {"valid_until": typed_data.FOREVER}),
        typed_data.objection_typed_data(DOMAIN, complaint_id=ID, data=DATA, number=0),
        typed_data.acknowledgement_typed_data(DOMAIN, **ACKNOWLEDGED),
    ):
        assert typed_data.digest(json.loads(json.dumps(typed))) == typed_data.digest(typed)
        # Nothing in the message is left out of the type, and the other way round.
        (fields,) = (fields for name, fields in typed["types"].items() if name == typed["primaryType"])
        assert [field["name"] for field in fields] == list(typed["message"])
        assert fields[0] == {"name": "genesis", "type": "bytes22"}


@settings(max_examples=20)
@given(hex_bytes(4).filter(lambda each: each not in (calldata.RECORD_BATCH, calldata.RECORD_SIGNED)), hex_bytes(160))
def test_entries_of__other_calldata__has_none(selector: str, body: str) -> None:
    assert list(calldata.entries_of(selector + body[2:])) == []


@pytest.mark.parametrize("data", ["0x", "", calldata.record_batch([]), calldata.batch_check_and_escalate([])])
def test_entries_of__nothing_in_it__has_none(data: str) -> None:
    assert list(calldata.entries_of(data)) == []
