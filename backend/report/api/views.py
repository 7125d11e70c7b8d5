"""Reports and their comments over HTTP. Services make changes, selectors find; nothing here waits for the chain."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain import promises
from blockchain.common.openapi import paginated, problems
from blockchain.common.pagination import Pagination
from blockchain.common.serializers import query_values
from blockchain.protocol.kinds import EventType
from blockchain.quotas import within_quota
from blockchain.verdict import verdicts_of
from report import selectors, services
from report.api import serializers
from report.idempotency import HEADER, created_once
from report.models import Comment, IssueReport

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Any text of your choice, such as a UUID. A request that is repeated with the same key within a day "
    "is carried out only once.",
)


class ReportListView(APIView):
    """The reports that the caller may see, and a new one."""

    @extend_schema(
        operation_id="reports_list",
        tags=["reports"],
        summary="List reports",
        description="Complainants see their own reports, staff see all; newest first.",
        parameters=[serializers.ReportQuerySerializer],
        responses={200: paginated(serializers.ReportSummarySerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request) -> Response:
        query = _valid(serializers.ReportQuerySerializer, query_values(request))
        reports = selectors.reports_filtered(
            user=caller(request),
            status=query.get("status"),
            assigned_to=query.get("assigned_to"),
        )
        return _page(self, reports, serializers.ReportSummarySerializer, _verdicts)

    @extend_schema(
        operation_id="reports_create",
        tags=["reports"],
        summary="File a complaint",
        description="Answers at once; the filing is recorded on the chain later. Keep the whole answer: "
        "`complaint_salt` and `created` later prove what was filed, and with `promise` you can put the filing on "
        "the chain yourself. If the signer is unavailable, the filing is accepted without a promise; read the "
        "report later to get it.",
        request=serializers.ReportCreateSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: serializers.ReportSerializer, **problems(400, 401, 409, 413, 415, 422, 429)},
    )
    def post(self, request: Request) -> Response:
        values = _valid(serializers.ReportCreateSerializer, request.data)
        values["complainant_address"] = values.get("complainant_address") or ""
        user = caller(request)

        def file() -> IssueReport:
            create = partial(services.report_create, user=user, **values)
            return within_quota(user, create, event_type=EventType.CREATED)

        pk = created_once(request, user=user, create=lambda: file().pk)
        return Response(_report_body(selectors.reports_visible(user=user).get(pk=pk)), status=201)


class ReportDetailView(APIView):
    """One report."""

    @extend_schema(
        operation_id="reports_retrieve",
        tags=["reports"],
        summary="Read a report",
        responses={200: serializers.ReportSerializer, **problems(401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        return Response(_report_body(report))

    @extend_schema(
        operation_id="reports_update",
        tags=["reports"],
        summary="Change status, assignee or priority (staff)",
        description="Title, location and description never change. A forbidden transition returns 409 and names both "
        "states; while the complaint is frozen, every change returns 409 with the reason.",
        request=serializers.ReportUpdateSerializer,
        responses={200: serializers.ReportSerializer, **problems(400, 401, 403, 404, 409, 413, 415, 429)},
    )
    def patch(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        if not caller(request).is_staff:
            raise PermissionDenied("Only staff may change a report.")
        values = _valid(serializers.ReportUpdateSerializer, request.data)
        change = partial(services.report_update, report_id=report.pk, by=caller(request), **values)
        report = within_quota(caller(request), change)
        return Response(_report_body(report))


class CommentListView(APIView):
    """The comments on a report, and a new one."""

    @extend_schema(
        operation_id="comments_list",
        tags=["reports"],
        summary="List the comments on a report",
        description="Oldest first.",
        parameters=[serializers.CommentQuerySerializer],
        responses={200: paginated(serializers.CommentSerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        _valid(serializers.CommentQuerySerializer, query_values(request))
        return _page(self, selectors.comments_of(report=report), serializers.CommentSerializer, _acknowledged)

    @extend_schema(
        operation_id="comments_create",
        tags=["reports"],
        summary="Comment on a report",
        request=serializers.CommentCreateSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: serializers.CommentSerializer, **problems(400, 401, 404, 409, 413, 415, 422, 429)},
    )
    def post(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        values = _valid(serializers.CommentCreateSerializer, request.data)
        user = caller(request)

        def comment_on() -> Comment:
            create = partial(services.comment_create, report_id=report.pk, author=user, **values)
            return within_quota(user, create, event_type=EventType.COMMENTED)

        pk = created_once(request, user=user, create=lambda: comment_on().pk)
        comment = selectors.comments_of(report=report).get(pk=pk)
        body = serializers.CommentSerializer(comment, context=_acknowledged([comment])).data
        return Response(body, status=201)


def _valid(serializer_class: type[Serializer], data: Any) -> dict[str, Any]:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _page(
    view: APIView,
    queryset: QuerySet,
    serializer_class: type[Serializer],
    context_of: Callable[[Sequence[Any]], dict[str, Any]] = lambda rows: {},
) -> Response:
    pagination = Pagination()
    page: list[Any] = pagination.paginate_queryset(queryset, view.request, view=view) or []
    return pagination.get_paginated_response(serializer_class(page, many=True, context=context_of(page)).data)


def _report_body(report: IssueReport) -> Any:
    """A report with its promise, which is signed now if that could not be done before."""
    created = report.complaint.writes.select_related("complaint").get(nonce=0)
    context = {"created": created, "statement": promises.statement_of(created), **_verdicts([report])}
    return serializers.ReportSerializer(report, context=context).data


def _verdicts(reports: Sequence[IssueReport]) -> dict[str, Any]:
    return {"verdicts": verdicts_of(report.complaint for report in reports)}


def _acknowledged(comments: Sequence[Comment]) -> dict[str, Any]:
    return {"statements": promises.statements_of([comment.write for comment in comments])}
