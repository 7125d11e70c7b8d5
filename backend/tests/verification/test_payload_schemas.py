"""One JSON schema for each payload type in `blockchain/protocol/schemas/`, and every payload that is made is valid."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from blockchain.models import Write
from blockchain.protocol import schemas
from blockchain.protocol.kinds import WITH_PAYLOAD, EventType
from report.models import IssueReport
from tests.verification.conftest import objection

SCHEMAS = Path(schemas.__file__).parent
TYPES = [event_type.name for event_type in sorted(WITH_PAYLOAD)]


def schema(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return body


def validator(name: str) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_schemas__one_for_each_type_with_a_payload() -> None:
    assert sorted(path.stem for path in SCHEMAS.glob("*.json")) == sorted(TYPES)


def test_schemas__payloads_of_a_whole_life__valid(lived: IssueReport) -> None:
    seen = {"OBJECTED"}
    validator("OBJECTED").validate(objection(lived, "Nobody called me."))
    for write in Write.objects.filter(event_type__in=WITH_PAYLOAD):
        name = EventType(write.event_type).name
        assert write.payload is not None
        assert write.payload["type"] == name
        validator(name).validate(write.payload)
        seen.add(name)
        if write.given_up:
            validator(write.given_up["event_type"]).validate(write.given_up["payload"])
            assert write.given_up["payload"]["type"] == write.given_up["event_type"]
    assert seen == set(TYPES)


CHANGES: dict[str, dict[str, Any]] = {
    "version": {"v": 1},
    "version as a float": {"v": 2.5},
    "type": {"type": "SOMETHING"},
    "time without a zone": {"occurred_at": "2026-01-01T00:00:00.000"},
    "by a name": {"by": "Anna Smith"},
    "witnessed by somebody": {"witnessed": "anna"},
    "on behalf of a name": {"on_behalf_of": "Anna Smith"},
    "unknown member": {"extra": 1},
    "field with an odd name": {"changes": {"the colour": [None, "red"]}},
    "value that is no scalar": {"changes": {"colour": [None, ["red"]]}},
    "number that implementations read differently": {"changes": {"colour": [None, 2**53]}},
    "no changes": {"changes": {}},
    "no pair": {"changes": {"status": ["pending"]}},
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_schemas__payload_of_another_form__invalid(name: str, change: dict[str, Any]) -> None:
    for example in schema(name)["examples"]:
        validator(name).validate(example)
        with pytest.raises(ValidationError):
            validator(name).validate(example | change)


# A note needs no more than its reason.
OPTIONAL = {"cites", "given_up", "disowned", "successor", "formerly"}


@pytest.mark.parametrize("name", TYPES)
def test_schemas__every_member_that_is_not_optional__is_required(name: str) -> None:
    for example in schema(name)["examples"]:
        for member in example.keys() - OPTIONAL:
            with pytest.raises(ValidationError):
                validator(name).validate({key: value for key, value in example.items() if key != member})


@pytest.mark.parametrize("name", ["NOTED", "REOPENED"])
def test_schemas__two_meanings_at_once__invalid(name: str) -> None:
    examples = schema(name)["examples"]
    with pytest.raises(ValidationError):
        validator(name).validate(examples[-2] | examples[-1])


@pytest.mark.parametrize("name", TYPES)
def test_schemas__closed__at_every_level(name: str) -> None:
    def closed(part: Any) -> bool:
        if isinstance(part, dict):
            is_open = part.get("type") == "object" and part.get("additionalProperties") is not False
            return not is_open and all(closed(value) for value in part.values())
        return all(closed(value) for value in part) if isinstance(part, list) else True

    assert closed({key: value for key, value in schema(name).items() if key != "examples"})
