"""Parses request bodies."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_INTEGER = 2**53


class BodyTooLarge(APIException):
    """The body is larger than `DATA_UPLOAD_MAX_MEMORY_SIZE`, a setting that REST framework's own parser ignores."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


class JSONParser(BaseParser):
    """Accepts only JSON that all implementations read alike (RFC 7493), since commitments are made to its content.

    UTF-8, no duplicate keys in an object, no number beyond 2^53, no NaN; limited in size and depth. The fields refuse
    lone surrogates, so that error can name the field.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(f"The request body is larger than {limit} bytes.")
        try:
            return json.loads(
                body.decode("utf-8"),
                parse_constant=_refuse_constant,
                parse_int=_integer,
                parse_float=_float,
                object_pairs_hook=_object,
            )
        except AmbiguousJSON as error:
            raise ParseError(f"JSON implementations would read the request body differently: {error}.") from None
        except (ValueError, RecursionError):
            raise ParseError("The request body is not valid JSON.") from None


class AmbiguousJSON(ValueError):
    """JSON implementations would read the text differently."""


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not valid JSON")


def _integer(text: str) -> int:
    # Checks the length first: converting very many digits takes very long.
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise AmbiguousJSON("a number is beyond 2^53")
    return int(text)


def _float(text: str) -> float:
    """A whole number, also written `2.0` or `1e2`, is an integer: its canonical form is the same (RFC 8785)."""
    value = float(text)
    if abs(value) > MAX_INTEGER:
        raise AmbiguousJSON("a number is beyond 2^53")
    return int(value) if value.is_integer() else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise AmbiguousJSON("an object has a duplicate key")
    return read
