"""Reports and their comments over HTTP. Services change data, selectors read it; no view waits for the chain."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.api.caller import caller
from blockchain import promises
from blockchain.common.conditional import (
    IF_MATCH,
    IF_NONE_MATCH,
    NOT_MODIFIED,
    etag_header,
    not_modified,
    require_match,
)
from blockchain.common.openapi import paginated, problems
from blockchain.common.pagination import PageQuerySerializer, page_response
from blockchain.common.serializers import query_valid
from blockchain.protocol.kinds import EventType
from blockchain.quotas import within_quota
from blockchain.verdict import verdicts_of
from report import selectors, services
from report.api import serializers
from report.api.etags import report_etag, unchanged_since
from report.idempotency import HEADER, created_once
from report.models import Comment, IssueReport

TRACKING_ID = OpenApiParameter(
    "tracking_id",
    {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{12}$"},
    OpenApiParameter.PATH,
    description="The report's tracking id, in upper or lower case.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": r'^(?:[!#-\[\]-~]{1,255}|"[!#-\[\]-~]{1,255}")$'},
    OpenApiParameter.HEADER,
    description="A key of your choice, such as a UUID. Requests with the same key within a day are carried out only "
    "once.",
)


class ReportListView(APIView):
    """Lists the reports that the caller may see, and files a new one."""

    @extend_schema(
        operation_id="reports_list",
        tags=["reports"],
        summary="List reports",
        description="Complainants see their own reports, staff see all. Newest first.",
        parameters=[serializers.ReportQuerySerializer],
        responses={200: paginated(serializers.ReportSummarySerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request) -> Response:
        query = query_valid(serializers.ReportQuerySerializer, request)
        reports = selectors.reports_filtered(
            user=caller(request),
            status=query.get("status"),
            assigned_to=query.get("assigned_to"),
        )
        return page_response(
            self,
            reports,
            serializers.ReportSummarySerializer,
            query=query,
            known=selectors.reports_visible(user=caller(request)),
            name="tracking_id",
            context_of=_verdicts,
        )

    @extend_schema(
        operation_id="reports_create",
        tags=["reports"],
        summary="File a complaint",
        description="Responds at once; the filing is recorded on the chain later. Keep the whole response: "
        "`complaint_salt` and `created` prove later what was filed, and `promise` lets you record the filing on the "
        "chain yourself. If the signer is unavailable, the filing is accepted without a promise; read the report "
        "later to get it.",
        request=serializers.ReportCreateSerializer,
        parameters=[IDEMPOTENCY_KEY, etag_header(201)],
        responses={201: serializers.ReportSerializer, **problems(400, 401, 409, 413, 415, 422, 429)},
    )
    def post(self, request: Request) -> Response:
        values = _valid(serializers.ReportCreateSerializer, request.data)
        values["complainant_address"] = values.get("complainant_address") or ""
        user = caller(request)

        filed: dict[int, IssueReport] = {}

        def file() -> int:
            create = partial(services.report_create, user=user, **values)
            report = within_quota(user, create, event_type=EventType.CREATED)
            filed[report.pk] = report
            return report.pk

        pk = created_once(request, user=user, create=file)
        # A repeated request filed nothing.
        return _report_response(filed.get(pk) or selectors.reports_visible(user=user).get(pk=pk), status=201)


class ReportDetailView(APIView):
    """One report."""

    @extend_schema(
        operation_id="reports_retrieve",
        tags=["reports"],
        summary="Read a report",
        parameters=[TRACKING_ID, IF_MATCH, IF_NONE_MATCH, etag_header(200, 304)],
        responses={200: serializers.ReportSerializer, 304: NOT_MODIFIED, **problems(401, 404, 412)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        response = _report_response(report)
        require_match(request, lambda tag: f'"{tag}"' == response["ETag"])
        return not_modified(request, response["ETag"]) or response

    @extend_schema(
        operation_id="reports_update",
        tags=["reports"],
        summary="Change status, assignee or priority (staff)",
        description="Title, location and description can't be changed. A forbidden transition returns 409 and names "
        "both states; while the complaint is frozen, every change returns 409 with the reason. Send the `ETag` that "
        "you read as `If-Match`: if somebody has changed the report since, the request returns 412 and changes "
        "nothing. Progress on the chain does not count as a change.",
        parameters=[TRACKING_ID, IF_MATCH, etag_header(200)],
        request=serializers.ReportUpdateSerializer,
        responses={200: serializers.ReportSerializer, **problems(400, 401, 403, 404, 409, 412, 413, 415, 429)},
    )
    def patch(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        if not caller(request).is_staff:
            raise PermissionDenied("Only staff may change reports.")
        values = _valid(serializers.ReportUpdateSerializer, request.data)
        change = partial(
            services.report_update,
            report_id=report.pk,
            by=caller(request),
            require=unchanged_since(request),
            **values,
        )
        return _report_response(within_quota(caller(request), change))


class CommentListView(APIView):
    """Lists the comments on a report, and adds a new one."""

    @extend_schema(
        operation_id="comments_list",
        tags=["reports"],
        summary="List the comments on a report",
        description="Oldest first.",
        parameters=[TRACKING_ID, PageQuerySerializer],
        responses={200: paginated(serializers.CommentSerializer), **problems(400, 401, 404)},
    )
    def get(self, request: Request, tracking_id: str) -> Response:
        report = selectors.report_visible(user=caller(request), tracking_id=tracking_id)
        comments = selectors.comments_of(report=report)
        return page_response(
            self,
            comments,
            serializers.CommentSerializer,
            query=query_valid(PageQuerySerializer, request),
            known=comments,
            name="public_id",
            context_of=_acknowledged,
        )

    @extend_schema(
        operation_id="comments_create",
        tags=["reports"],
        summary="Comment on a report",
        request=serializers.CommentCreateSerializer,
        parameters=[TRACKING_ID, IDEMPOTENCY_KEY],
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


def _report_response(report: IssueReport, *, status: int = 200) -> Response:
    """A report with its promise, which is signed now if it could not be signed before."""
    created = report.complaint.created
    context = {"created": created, "statement": promises.statement_of(created), **_verdicts([report])}
    body = serializers.ReportSerializer(report, context=context).data
    return Response(body, status=status, headers={"ETag": report_etag(report, body)})


def _verdicts(reports: Sequence[IssueReport]) -> dict[str, Any]:
    return {"verdicts": verdicts_of(report.complaint for report in reports)}


def _acknowledged(comments: Sequence[Comment]) -> dict[str, Any]:
    return {"statements": promises.statements_of([comment.write for comment in comments])}
