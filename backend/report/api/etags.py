"""Entity tags of reports, so that nobody overwrites a change that they have not seen."""

from collections.abc import Callable
from typing import Any

import rfc8785
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from blockchain.common.conditional import digest_of, require_match
from report.models import IssueReport


def report_etag(report: IssueReport, body: Any) -> str:
    """The tag of a report as it is answered. Its first part names the report's state alone.

    The rest changes with what the chain does to the answer, which is nothing that an officer could overwrite.
    """
    return f'"{_state_of(report)}.{digest_of(JSONRenderer().render(body))}"'


def unchanged_since(request: Request) -> Callable[[IssueReport], None]:
    """What raises `PreconditionFailed` for a report whose state is not the one of the request's `If-Match`."""

    def require(report: IssueReport) -> None:
        current = _state_of(report)
        require_match(request, lambda tag: tag.partition(".")[0] == current)

    return require


def _state_of(report: IssueReport) -> str:
    # The time, so that a change that was undone since is one too.
    state = [report.status, report.priority, report.assigned_to_id, report.updated_at.isoformat()]
    return digest_of(rfc8785.dumps(state))
