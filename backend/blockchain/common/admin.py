"""Shared by the admin pages: read-only pages, and columns for people."""

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.timezone import localtime

# A callable, which Django accepts in each of these lists; its stubs allow only names.
Column = Any
NOTHING = "–"
# Characters of a hash shown at each end.
HASH_ENDS = 6


class ReadOnlyMixin:
    """Read-only: only services and the chain change the data."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """A model's read-only pages, newest first."""

    empty_value_display = NOTHING
    list_per_page = 50
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)


class ReadOnlyInline(ReadOnlyMixin, admin.TabularInline):
    """A read-only table within another model's page."""

    extra = 0
    can_delete = False
    show_change_link = True


def shortened(text: str) -> str:
    """A hash or an address with its middle left out; the title shows all of it."""
    if len(text) <= 2 * HASH_ENDS + 3:
        return text or NOTHING
    # Word joiners keep it on one line.
    return format_html('<span title="{}">{}\u2060…\u2060{}</span>', text, text[: HASH_ENDS + 2], text[-HASH_ENDS:])


def moment(seconds: int | None) -> str:
    """Unix seconds as a date and a time, formatted as in other columns; empty for None and 0."""
    if not seconds:
        return NOTHING
    try:
        shown = str(localize(localtime(datetime.fromtimestamp(seconds, UTC))))
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"
    return shown.replace(" ", "\u00a0")


def linked(row: Model | None, text: str = "") -> str:
    """A link to the admin page of a row."""
    if row is None:
        return NOTHING
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), text or str(row))


def _column(field: str, label: str, shown: Callable[[Any], Any]) -> Column:
    """A column of lists and pages, sorted by the field."""
    value = attrgetter(field.replace("__", "."))

    @admin.display(description=label, ordering=field)
    def column(row: Any) -> Any:
        return shown(value(row))

    # Django uses the name in the page's markup and in the errors of its checks.
    column.__name__ = f"{field}_shown"
    return column


def hash_column(field: str, label: str) -> Column:
    """A hash or an address, shortened."""
    return _column(field, label, shortened)


def time_column(field: str, label: str) -> Column:
    """A time that is stored as Unix seconds."""
    return _column(field, label, moment)


def word_column(field: str, label: str, *, yes: str, no: str = NOTHING) -> Column:
    """Yes or no in words: Django's red cross would look like an error."""
    return _column(field, label, lambda value: NOTHING if value is None else yes if value else no)


def unit_column(field: str, label: str, shown: Callable[[Any], str]) -> Column:
    """A number in a unit that people use."""
    return _column(field, label, lambda value: NOTHING if value is None else shown(value))
