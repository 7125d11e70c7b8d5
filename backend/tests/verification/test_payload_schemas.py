"""One JSON schema for each payload type in `docs/schemas/`, and every payload that the services make is valid."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from blockchain.enums import LOGGED_EVENT_TYPES, EventType
from blockchain.models import BlockchainTransaction
from report.models import IssueReport

SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"
TYPES = [EventType(number).name for number in sorted(LOGGED_EVENT_TYPES)]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_schemas__one_for_each_logged_type() -> None:
    assert sorted(path.stem for path in SCHEMAS.glob("*.json")) == sorted(TYPES)


def test_schemas__payloads_of_a_whole_life__valid(lived: IssueReport) -> None:
    seen = set()
    for write in lived.writes.filter(event_type__in=LOGGED_EVENT_TYPES):
        name = EventType(write.event_type).name
        validator(name).validate(write.payload)
        seen.add(name)
    assert seen == set(TYPES)


CHANGES: dict[str, dict[str, Any]] = {
    "version": {"v": 2},
    "version as a float": {"v": 1.5},
    "type": {"type": "SOMETHING"},
    "time without a zone": {"occurred_at": "2026-01-01T00:00:00.000"},
    "by a name": {"by": "anna"},
    "unknown member": {"extra": 1},
    "unknown field": {"changes": {"colour": [None, "red"]}},
    "no changes": {"changes": {}},
    "no pair": {"changes": {"status": ["pending"]}},
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_schemas__payload_of_another_form__invalid(name: str, change: dict[str, Any]) -> None:
    changes: dict[str, dict[str, Any]] = json.loads((SCHEMAS / f"{name}.json").read_text())["examples"][0]
    validator(name).validate(changes)
    with pytest.raises(ValidationError):
        validator(name).validate(changes | change)


def test_schemas__every_member__is_required() -> None:
    for name in TYPES:
        example = json.loads((SCHEMAS / f"{name}.json").read_text())["examples"][0]
        for member in example:
            with pytest.raises(ValidationError):
                validator(name).validate({key: value for key, value in example.items() if key != member})


def test_payload__of_a_write__is_stored_as_committed(lived: IssueReport) -> None:
    for write in BlockchainTransaction.objects.filter(event_type__in=LOGGED_EVENT_TYPES):
        assert write.payload is not None
        assert write.payload["type"] == EventType(write.event_type).name
