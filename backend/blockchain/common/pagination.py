"""How lists are cut into pages: by numbers, or by a cursor, which loses no row while rows leave a filtered list."""

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
# Before it is known whether there is such a page.
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
        help_text="Instead of `page`: `*` for the first items, then as in `next`. No item is left out while others "
        "are added, or leave the list because they no longer match the filter.",
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
    """One page of `rows`, by `query`, the valid parameters of the request.

    The rows' order is one that no change of a row changes. A cursor is the `name` of the last row that the client has:
    a unique field, found among the `known` rows, which may have left the list. Raises `NotFound` for no such page.
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
    """The fields that the rows are ordered by, all in the same direction; the last one is unique."""
    order = [str(field) for field in rows.query.order_by or rows.model._meta.ordering]
    assert order
    assert order[-1].lstrip("-") == "id"
    assert len({field.startswith("-") for field in order}) == 1
    return order


def _behind(row: Model, order: Sequence[str]) -> Q:
    """What comes after `row`. It begins with one bound on the first field alone, for which databases use an index."""
    field, *rest = order
    name, direction = field.lstrip("-"), "lt" if field.startswith("-") else "gt"
    value = getattr(row, name)
    behind = Q(**{f"{name}__{direction}": value})
    return Q(**{f"{name}__{direction}e": value}) & (behind | _behind(row, rest)) if rest else behind
