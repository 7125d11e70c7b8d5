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
    if error is not None:
        # The message of a failure may repeat what was sent, so it is not taken over.
        path, keyword = ".".join(map(str, error.instance_path)), error.schema_path[-1]
        raise PayloadInvalid(path=path, reason=f"does not match the schema of {payload['type']} ({keyword})")


@cache
def _validator(name: str) -> Draft202012Validator:
    file = resources.files(__name__) / f"{name}.json"
    if not file.is_file():
        raise KeyError(name)
    return Draft202012Validator(json.loads(file.read_text("utf-8")), validate_formats=True)
