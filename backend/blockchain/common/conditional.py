"""Conditional requests (RFC 9110, 13): what a client knows of a resource, by its entity tag."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.common.errors import NAMESPACE, ProblemError

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="`ETag`s of the state that the request is meant for. If it has changed since, the answer is 412 and "
    "nothing is done.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="`ETag`s that you have. If one of them is still right, the answer is 304, without a body.",
)
NOT_MODIFIED = OpenApiResponse(description="What you have is still right.")


def etag_header(*statuses: int) -> OpenApiParameter:
    """The header `ETag` of answers with these statuses, in the schema."""
    return OpenApiParameter(
        "ETag",
        {"type": "string", "pattern": '^"[!#-~]+"$'},
        OpenApiParameter.HEADER,
        required=True,
        response=list(statuses),
        description="Names this state, for `If-Match` and `If-None-Match`.",
    )


class PreconditionFailed(ProblemError):
    """The resource is in another state than the client's `If-Match` says."""

    status = 412
    type_ = f"{NAMESPACE}precondition-failed"
    title = "Changed meanwhile"

    def __init__(self) -> None:
        super().__init__("this was changed since you read it, so your request was not carried out: read it again")


def digest_of(content: bytes) -> str:
    """A part of an entity tag that is another one for other content."""
    return hashlib.sha256(content).hexdigest()[:32]


def require_match(request: Request, is_current: Callable[[str], bool]) -> None:
    """Raises `PreconditionFailed` if the request has an `If-Match` of which nothing is current.

    `is_current` is given a tag without its quotes. Tags that are weak, or no tags, never match.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return
    tags = parse_etags(header)
    if tags != ["*"] and not any(tag.startswith('"') and is_current(tag.strip('"')) for tag in tags):
        raise PreconditionFailed


def not_modified(request: Request, etag: str) -> Response | None:
    """The answer to a GET whose client has `etag` (with its quotes) already; None if it has not."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return None
    tags = parse_etags(header)
    if tags != ["*"] and etag not in [tag.removeprefix("W/") for tag in tags]:
        return None
    headers: dict[str, Any] = {"ETag": etag}
    return Response(status=304, headers=headers)
