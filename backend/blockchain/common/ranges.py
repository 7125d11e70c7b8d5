"""Range requests for files (RFC 9110, 14): one range of bytes per request; for several, the whole file is sent."""

import re
from typing import BinaryIO

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from blockchain.common.errors import ProblemError

PARAMETERS = [
    OpenApiParameter(
        "Range",
        str,
        OpenApiParameter.HEADER,
        description="A range of bytes, such as `bytes=0-1023`. If it is not a single range, the whole file is sent.",
    ),
    OpenApiParameter(
        "If-Range",
        str,
        OpenApiParameter.HEADER,
        description="The `ETag` of the file that you have a part of. If the file has changed, all of it is sent.",
    ),
    OpenApiParameter(
        "Content-Range",
        {"type": "string", "pattern": "^bytes [0-9]+-[0-9]+/[0-9]+$"},
        OpenApiParameter.HEADER,
        required=True,
        response=[206],
    ),
    OpenApiParameter(
        "Content-Range",
        {"type": "string", "pattern": r"^bytes \*/[0-9]+$"},
        OpenApiParameter.HEADER,
        required=True,
        response=[416],
    ),
    OpenApiParameter(
        "Accept-Ranges",
        {"type": "string", "enum": ["bytes"]},
        OpenApiParameter.HEADER,
        required=True,
        response=[200, 206, 416],
    ),
]

# One range; the digits are few enough to be converted quickly.
RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,999})-([0-9]{0,999})|-([0-9]{1,999}))[ \t]*", re.IGNORECASE)


class RangeNotSatisfiable(ProblemError):
    """The file ends before the range begins."""

    status = 416

    def __init__(self, *, size: int) -> None:
        """`size`: the size of the file in bytes."""
        super().__init__(f"the range contains none of the file's {size} bytes")
        self.headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}


class Part:
    """The next `length` bytes of an open file. Closing the part closes the file."""

    def __init__(self, file: BinaryIO, *, length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def range_asked(request: Request, *, size: int, etag: str) -> range | None:
    """The positions of the requested bytes in a file of `size` bytes; None: all.

    A header that is not a single range is ignored, and so is a range of another file (`If-Range`). Raises
    `RangeNotSatisfiable`.
    """
    header = request.headers.get("Range")
    if header is None or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    matched = RANGE.fullmatch(header.strip())
    if matched is None:
        return None
    first, last, suffix = matched.groups()
    if suffix is not None:
        wanted = range(max(size - int(suffix), 0), size)
    elif last and int(last) < int(first):
        return None
    else:
        wanted = range(int(first), min(int(last) + 1, size) if last else size)
    if not wanted:
        raise RangeNotSatisfiable(size=size)
    return wanted
