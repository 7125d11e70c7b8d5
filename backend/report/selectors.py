"""Reads the reports that a user may see: complainants see their own, staff see all."""

import re

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from report.models import CROCKFORD, TRACKING_ID_LENGTH, Comment, IssueReport

TRACKING_ID = re.compile(f"[{CROCKFORD}]{{{TRACKING_ID_LENGTH}}}")


def reports_visible(*, user: User) -> QuerySet[IssueReport]:
    """The reports that `user` may see, newest first."""
    reports = IssueReport.objects.select_related("user", "assigned_to", "complaint__chain_state")
    return reports if user.is_staff else reports.filter(user=user)


def report_visible(*, user: User, tracking_id: str) -> IssueReport:
    """The report, if `user` may see it. The id may be in lower case. Raises the same `Http404` if hidden or missing."""
    wanted = tracking_id.upper()
    # Compares again, since databases have their own rules for comparing text.
    report = reports_visible(user=user).filter(tracking_id=wanted).first() if TRACKING_ID.fullmatch(wanted) else None
    if report is None:
        raise Http404("There is no such report, or it is not yours.")
    return report


def comments_of(*, report: IssueReport) -> QuerySet[Comment]:
    """The comments on a report, oldest first."""
    return report.comments.select_related("author", "write__complaint")


def reports_filtered(*, user: User, status: str | None, assigned_to: str | None) -> QuerySet[IssueReport]:
    """The visible reports with this status and assignee: a username, `me`, or `none`.

    Related rows are read afterwards, for one page: with a join, MariaDB may sort all reports to find the page.
    """
    related = ("user", "assigned_to", "complaint__chain_state")
    reports = reports_visible(user=user).select_related(None).prefetch_related(*related)
    if status is not None:
        reports = reports.filter(status=status)
    if assigned_to == "none":
        reports = reports.filter(assigned_to=None)
    elif assigned_to == "me":
        reports = reports.filter(assigned_to=user)
    elif assigned_to is not None:
        reports = reports.filter(assigned_to__username=assigned_to)
    return reports
