"""Cuts lists into pages: by number, or by a cursor, which misses no row even while rows leave a filtered list."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as NotOfThisForm
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from blockchain.common.serializers import IntegerField, PatternField, StrictSerializer

START = "*"
CURSOR = r"\*|[0-9A-Za-z-]{1,36}"
# Checked before the number of pages is known.
MAX_PAGE = 2**31 - 1


class Pagination(PageNumberPagination):
    """`?page=` and `?page_size=`. The views check both, so a bad value is reported and not ignored."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class PageQuerySerializer(StrictSerializer):
    """The parameters of every list."""

    page = IntegerField(min_value=1, max_value=MAX_PAGE, required=False)
    page_size = IntegerField(min_value=1, max_value=Pagination.max_page_size, required=False)
    cursor = PatternField(
        CURSOR,
        required=False,
        help_text="Instead of `page`: start with `*`, then follow `next`. With a cursor no item is missed, even if "
        "items are added meanwhile or stop matching the filter.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "cursor" in attrs and "page" in attrs:
            raise ValidationError({"cursor": ["Send either a page or a cursor."]})
        return attrs


def page_response(
    view: APIView,
    rows: QuerySet[Any],
    serializer_class: type[Serializer],
    *,
    query: dict[str, Any],
    known: QuerySet[Any],
    name: str,
    context_of: Callable[[Sequence[Any]], dict[str, Any]],
) -> Response:
    """One page of `rows`; `query` holds the validated parameters of the request.

    Changing a row must not change its place in the order. A cursor is the value of the unique field `name` in the last
    row that the client has; that row is looked up in `known`, since it may have left the list. Raises `NotFound` if
    there is no such page.
    """
    request: Request = view.request
    if "cursor" not in query:
        pagination = Pagination()
        page: list[Any] = pagination.paginate_queryset(rows, request, view=view) or []
        return pagination.get_paginated_response(serializer_class(page, many=True, context=context_of(page)).data)
    size = query.get("page_size", Pagination.page_size)
    if query["cursor"] != START:
        rows = rows.filter(_behind(_row(known, name, query["cursor"]), _order(rows)))
    found = list(rows[: size + 1])
    page, is_last = found[:size], len(found) <= size
    url = request.build_absolute_uri()
    return Response(
        {
            "count": None,
            "next": None if is_last else replace_query_param(url, "cursor", str(getattr(page[-1], name))),
            "previous": None,
            "results": serializer_class(page, many=True, context=context_of(page)).data,
        }
    )


def _row(known: QuerySet[Any], name: str, value: str) -> Model:
    try:
        row: Model = known.get(**{name: value})
    except (ObjectDoesNotExist, NotOfThisForm):
        raise NotFound("There is no such page.") from None
    return row


def _order(rows: QuerySet[Any]) -> Sequence[str]:
    """The fields that order the rows, all in the same direction; the last one is unique."""
    order = [str(field) for field in rows.query.order_by or rows.model._meta.ordering]
    assert order
    assert order[-1].lstrip("-") == "id"
    assert len({field.startswith("-") for field in order}) == 1
    return order


def _behind(row: Model, order: Sequence[str]) -> Q:
    """The rows after `row`. The condition starts with a bound on the first field alone, so databases use its index."""
    field, *rest = order
    name, direction = field.lstrip("-"), "lt" if field.startswith("-") else "gt"
    value = getattr(row, name)
    behind = Q(**{f"{name}__{direction}": value})
    return Q(**{f"{name}__{direction}e": value}) & (behind | _behind(row, rest)) if rest else behind
