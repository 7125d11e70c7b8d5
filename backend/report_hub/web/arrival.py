"""A request that is arriving, and what its head tells of it."""

import re
import time
from typing import Final
from urllib.parse import unquote

from django.urls import Resolver404, resolve
from gunicorn import util  # type: ignore[import-untyped]

from report_hub.web.limits import Limits

# Bytes of a request that the event loop holds in memory. A head is smaller, and so are most JSON bodies.
MAX_HELD: Final = 64 * 1024
END_OF_HEAD: Final = b"\r\n\r\n"
CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# A body without a declared length, or one that the client sends only after a response of the server.
UNMEASURED: Final = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
# Requests that query the blockchain node, by the names of their URLs.
READ: Final = ("GET", "HEAD")
ASKS_NODE: Final = {
    "audit-trail": READ,
    "complaint_registry_complaint_trail": READ,
    "entry-signature": ("PUT",),
    "evidence-verify": ("POST",),
    "health": READ,
    "statistics": READ,
}


class Arrival:
    """A request that the event loop is receiving."""

    def __init__(self, received: bytes) -> None:
        self.received = bytearray(received)
        self.deadline = time.monotonic() + Limits.request_seconds
        self._body_starts: int | None = None
        # The body's length in bytes; None: more than the event loop holds, or unknown.
        self._length: int | None = 0

    def is_complete(self) -> bool:
        """Whether a thread may take the request."""
        if self._body_starts is None and not self._head_read():
            return len(self.received) > MAX_HELD
        assert self._body_starts is not None
        return self._length is None or len(self.received) >= self._body_starts + self._length

    @property
    def has_head(self) -> bool:
        """Whether the head has been received."""
        return self._body_starts is not None

    @property
    def is_large(self) -> bool:
        """Whether a thread has to receive the rest of the request."""
        return self._body_starts is None or self._length is None

    @property
    def asks_node(self) -> bool:
        """Whether the application will query the blockchain node for this request."""
        line = bytes(self.received[:MAX_HELD]).partition(b"\r\n")[0].decode("latin-1")
        method, target = (*line.split(" "), "")[:2]
        try:
            # A path has many quoted spellings, and the application treats all of them alike.
            name = resolve(unquote(util.split_request_uri(target).path)).url_name
        except (Resolver404, ValueError):
            return False
        return method in ASKS_NODE.get(name or "", ())

    def _head_read(self) -> bool:
        end = self.received.find(END_OF_HEAD)
        if end < 0:
            return False
        self._body_starts = end + len(END_OF_HEAD)
        head = bytes(self.received[: end + 2])
        declared = CONTENT_LENGTH.search(head)
        length = int(declared[1]) if declared else 0
        # gunicorn's parser reads the head again, and refuses an ambiguous one.
        self._length = None if UNMEASURED.search(head) or length > MAX_HELD else length
        return True
