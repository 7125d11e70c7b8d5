"""`payload_check`: what is committed to has its type's form, and what was sent is not repeated when it has not."""

import copy
import io
import json
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from blockchain import receipt
from blockchain.common.parsers import JSONParser
from blockchain.protocol import schemas
from blockchain.protocol.hashing import data_hash
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType
from blockchain.protocol.payloads import payload_new
from blockchain.protocol.schemas import PayloadInvalid, payload_check

EXAMPLES = [
    example
    for kind in sorted(WITH_PAYLOAD)
    for example in json.loads((resources.files(schemas) / f"{kind.name}.json").read_text("utf-8"))["examples"]
]
CHANGES = {"status": ["pending", "in_progress"]}


def updated(**more: Any) -> dict[str, Any]:
    return payload_new(event_type=EventType.STATUS_UPDATED, by="u1", changes=CHANGES) | more


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["type"])
def test_payload_check__examples__are_valid_and_have_a_commitment(example: dict[str, Any]) -> None:
    payload_check(example)
    assert len(data_hash(salt=bytes(32), payload=example)) == 32


@pytest.mark.parametrize("name", ["SLA_PAUSED", "ESCALATED", "NOTHING", "", "../COMMENTED", "__init__"])
def test_payload_check__type_without_a_schema__raises_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        payload_check(updated(type=name))


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"v": 1}, "v", "const"),
        ({"by": "Anna Smith"}, "by", "pattern"),
        ({"occurred_at": "yesterday"}, "occurred_at", ""),
        ({"occurred_at": "2026-02-30T00:00:00.000Z"}, "occurred_at", "format"),
        ({"changes": {"status": ["hunter2"]}}, "changes.status", "minItems"),
        ({"changes": {"status": [None, {"hunter2": 1}]}}, "changes.status.1", "type"),
        ({"changes": {"status": [None, 1.5]}}, "changes.status.1", "type"),
        ({"changes": {"status": [None, "x" * 10_001]}}, "changes.status.1", "maxLength"),
        ({"hunter2": 1}, "", "additionalProperties"),
    ],
)
def test_payload_check__another_form__says_where_and_not_what_was_sent(
    change: dict[str, Any], path: str, rule: str
) -> None:
    with pytest.raises(PayloadInvalid) as raised:
        payload_check(updated(**change))
    assert raised.value.path == path
    assert raised.value.reason.startswith("does not match the schema of STATUS_UPDATED (")
    assert rule in raised.value.reason
    assert str(raised.value) == (f"{path}: " if path else "") + raised.value.reason
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("member", ["v", "occurred_at", "by", "witnessed", "changes"])
def test_payload_check__member_is_missing__is_invalid_as_a_whole(member: str) -> None:
    payload = updated()
    del payload[member]
    with pytest.raises(PayloadInvalid) as raised:
        payload_check(payload)
    assert raised.value.path == ""
    assert raised.value.reason.endswith(f"(required: {member})")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"v": 2.0}, "v"),
        ({"changes": {"n": [None, 5.0]}}, "changes.n.1"),
        ({"changes": {"n": [-0.0, 1]}}, "changes.n.0"),
    ],
)
def test_payload_check__whole_number_as_a_float__is_invalid(change: dict[str, Any], path: str) -> None:
    # Its commitment is that of the integer, but verifiers read no floats.
    with pytest.raises(PayloadInvalid, match="must be an integer") as raised:
        payload_check(updated(**change))
    assert raised.value.path == path


numbers = (
    st.integers(-(10**20), 10**20).map(str)
    | st.floats(allow_nan=False).map(repr)
    | st.sampled_from(["2.0", "1e2", "-0", "-0.0", "0e0", "9007199254740991.0", "9007199254740992.0"])
)


@given(st.tuples(numbers, numbers))
def test_payload_check__numbers_however_written__what_is_accepted_can_be_verified(written: tuple[str, str]) -> None:
    body = json.dumps(updated(changes={"n": ["OLD", "NEW"]}))
    body = body.replace('"OLD"', written[0]).replace('"NEW"', written[1])
    try:
        payload = JSONParser().parse(io.BytesIO(body.encode()))
        payload_check(payload)
    except (ParseError, PayloadInvalid):
        return
    assert receipt.json_read(json.dumps(payload).encode()) == payload
    assert receipt.jcs(payload) == rfc8785.dumps(payload)


@settings(max_examples=20)
@given(
    by=st.from_regex("[0-9A-Za-z][0-9A-Za-z._:-]{0,63}", fullmatch=True),
    occurred_at=st.integers(0, 2**42).map(lambda milliseconds: datetime.fromtimestamp(milliseconds / 1_000, UTC)),
    witnessed=st.booleans(),
    values=st.dictionaries(
        st.from_regex("[a-z][a-z0-9_]{0,10}", fullmatch=True),
        st.tuples(*[st.none() | st.booleans() | st.text(max_size=5) | st.integers(-(2**53) + 1, 2**53 - 1)] * 2),
        min_size=1,
        max_size=3,
    ),
)
def test_payload_check__what_payload_new_makes__is_valid(
    by: str, occurred_at: datetime, witnessed: bool, values: dict[str, tuple[Any, Any]]
) -> None:
    changes = {field: list(pair) for field, pair in values.items()}
    payload = payload_new(
        event_type=EventType.STATUS_UPDATED, by=by, changes=changes, occurred_at=occurred_at, witnessed=witnessed
    )
    before = copy.deepcopy(payload)
    payload_check(payload)
    assert payload == before
    # Milliseconds are kept, and nothing finer.
    told = datetime.fromisoformat(payload["occurred_at"])
    assert told == occurred_at.replace(microsecond=occurred_at.microsecond // 1_000 * 1_000)
