"""Responses of the worker itself."""

import json
from http import HTTPStatus
from typing import Final


def refusal(status: int, detail: str, *headers: str) -> bytes:
    """The bytes of a response: problem details, as the API's."""
    phrase = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": phrase, "status": status, "detail": detail}).encode()
    lines = [f"HTTP/1.1 {status} {phrase}", "Content-Type: application/problem+json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "Cache-Control: no-store", "Connection: close", *headers, "", ""]).encode() + body


TOO_SLOW: Final = refusal(408, "The request did not arrive in time.")
BUSY: Final = refusal(
    503, "The server is busy. Nothing was done; please try again in half a minute.", "Retry-After: 30"
)
