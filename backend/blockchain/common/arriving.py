"""The body of an HTTP answer as it arrives, within a total time."""

import time
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

PIECE_BYTES = 64 * 1024
# Sent with the request: the body comes as it is, so the bytes that arrive are its bytes.
IDENTITY = {"Accept-Encoding": "identity"}


def body_arriving(response: requests.Response, *, seconds: float) -> Iterator[bytes]:
    """The body in the pieces in which it arrives, unpacked; `response` must be a stream.

    Raises `requests.Timeout` once more than `seconds` have passed, and `requests.ConnectionError` for a body that is
    cut off. `Response.iter_content` waits for whole pieces: a server that sends a byte now and then holds it for ever.
    """
    deadline = time.monotonic() + seconds
    try:
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            yield piece
            if time.monotonic() > deadline:
                raise requests.ReadTimeout("the answer takes too long")
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(str(error)) from None
    except HTTPError as error:
        raise requests.ConnectionError(str(error)) from None


def body_read(response: requests.Response, *, seconds: float, most: int) -> bytes | None:
    """The whole body; None if it is longer than `most` bytes. Raises as `body_arriving`."""
    body = bytearray()
    for piece in body_arriving(response, seconds=seconds):
        body += piece
        if len(body) > most:
            return None
    return bytes(body)
