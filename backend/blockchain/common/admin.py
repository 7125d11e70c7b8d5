"""What the admin pages share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyMixin:
    """To look at, not to change: what is behind it follows from services and from the chain."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """A model's read-only pages."""


class ReadOnlyInline(ReadOnlyMixin, admin.TabularInline):
    """A read-only table within another model's page."""

    extra = 0
    can_delete = False
    show_change_link = True
