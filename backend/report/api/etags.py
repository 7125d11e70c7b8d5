"""Entity tags of reports, which keep callers from overwriting changes that they have not seen."""

from collections.abc import Callable
from typing import Any

import rfc8785
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from blockchain.common.conditional import digest_of, require_match
from report.models import IssueReport


def report_etag(report: IssueReport, body: Any) -> str:
    """The tag of a response with a report. Its first part identifies the state of the report alone.

    The rest also changes with the report's progress on the chain, which no officer can overwrite.
    """
    return f'"{_state_of(report)}.{digest_of(JSONRenderer().render(body))}"'


def unchanged_since(request: Request) -> Callable[[IssueReport], None]:
    """A function that raises `PreconditionFailed` for a report whose state does not match the request's `If-Match`."""

    def require(report: IssueReport) -> None:
        current = _state_of(report)
        require_match(request, lambda tag: tag.partition(".")[0] == current)

    return require


def _state_of(report: IssueReport) -> str:
    # Includes the time, so a change that was undone also counts as a change.
    state = [report.status, report.priority, report.assigned_to_id, report.updated_at.isoformat()]
    return digest_of(rfc8785.dumps(state))
