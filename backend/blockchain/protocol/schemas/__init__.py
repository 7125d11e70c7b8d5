"""JSON schemas of the payloads, one for each kind that commits to one. Closed: nothing unknown is committed to."""

import json
from functools import cache
from importlib import resources
from typing import Any

import rfc8785
from jsonschema_rs import Draft202012Validator


class PayloadInvalid(ValueError):
    """A payload does not match the schema of its type. `path`: the member, dotted; empty for the whole payload."""

    def __init__(self, *, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}" if path else reason)


def payload_check(payload: dict[str, Any]) -> None:
    """Raises `PayloadInvalid`, or `KeyError` for a type that has no schema."""
    validator = _validator(payload["type"])
    try:
        error = next(validator.iter_errors(payload), None)
        if error is None:
            rfc8785.dumps(payload)
    except (ValueError, rfc8785.CanonicalizationError):
        # Such as half of a surrogate pair, of which no schema can tell.
        raise PayloadInvalid(path="", reason="it has no canonical form (RFC 8785)") from None
    if error is None and (place := _float_in(payload)) is not None:
        # Its canonical form is that of an integer, so the schema takes it; but no verifier reads it.
        raise PayloadInvalid(path=".".join(place), reason="must be an integer, not a float")
    if error is not None:
        # The message of a failure may repeat what was sent, so it is not taken over.
        path, keyword = ".".join(map(str, error.instance_path)), error.schema_path[-1]
        if keyword == "required":
            # A name from the schema.
            missing = getattr(error.kind, "property", "?")
            keyword = f"required: {missing}"
        raise PayloadInvalid(path=path, reason=f"does not match the schema of {payload['type']} ({keyword})")


def _float_in(value: Any, *place: str) -> tuple[str, ...] | None:
    """Where the first float is."""
    if isinstance(value, float):
        return place
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = (_float_in(member, *place, str(name)) for name, member in members)
    return next((each for each in found if each is not None), None)


@cache
def _validator(name: str) -> Draft202012Validator:
    file = resources.files(__name__) / f"{name}.json"
    if not file.is_file():
        raise KeyError(name)
    return Draft202012Validator(json.loads(file.read_text("utf-8")), validate_formats=True)
