"""Conditional requests (RFC 9110, 13): a client names the state that it knows by its entity tag."""

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
    description="The `ETag` that you read last. If the resource has changed since, the request returns 412 and changes "
    "nothing. Several tags are separated by commas.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of your copy. If the copy is current, the request returns 304 without a body. Several tags "
    "are separated by commas.",
)
NOT_MODIFIED = OpenApiResponse(description="Your copy is current.")


def etag_header(*statuses: int) -> OpenApiParameter:
    """The `ETag` header of responses with these statuses, for the schema."""
    return OpenApiParameter(
        "ETag",
        {"type": "string", "pattern": '^"[!#-~]+"$'},
        OpenApiParameter.HEADER,
        required=True,
        response=list(statuses),
        description="Identifies this state; send it as `If-Match` or `If-None-Match`.",
    )


class PreconditionFailed(ProblemError):
    """The resource is not in a state that the client's `If-Match` names."""

    status = 412
    type_ = f"{NAMESPACE}precondition-failed"
    title = "Changed meanwhile"

    def __init__(self) -> None:
        super().__init__("this has changed since you read it, so nothing was done: read it again, then retry")


def digest_of(content: bytes) -> str:
    """A hash of `content`, for an entity tag."""
    return hashlib.sha256(content).hexdigest()[:32]


def require_match(request: Request, is_current: Callable[[str], bool]) -> None:
    """Raises `PreconditionFailed` if the request has an `If-Match` and none of its tags is current.

    `is_current` gets a tag without its quotes. Weak or malformed tags never match.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return
    tags = parse_etags(header)
    if tags != ["*"] and not any(tag.startswith('"') and is_current(tag.strip('"')) for tag in tags):
        raise PreconditionFailed


def not_modified(request: Request, etag: str) -> Response | None:
    """The 304 for a GET whose client already has `etag` (with its quotes); None if it does not."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return None
    tags = parse_etags(header)
    if tags != ["*"] and etag not in [tag.removeprefix("W/") for tag in tags]:
        return None
    headers: dict[str, Any] = {"ETag": etag}
    return Response(status=304, headers=headers)
