"""The OpenAPI schema and its page, below `/api/`."""

from threading import Lock
from typing import Any

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.request import Request


class SchemaMadeOnce(SchemaGenerator):
    """Makes the schema once in a process. It is the same for everybody, and the generator is not safe for threads."""

    _lock = Lock()
    _schema: Any = None

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        """The schema, as a mapping that nobody may change."""
        with self._lock:
            if SchemaMadeOnce._schema is None:
                SchemaMadeOnce._schema = super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]
        return SchemaMadeOnce._schema


class SchemaView(SpectacularAPIView):
    """The schema, as JSON or YAML."""

    http_method_names = ["get", "head"]
    generator_class = SchemaMadeOnce

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version; the file's name, in a header, is made of nothing that is asked for."""


class DocsView(SpectacularSwaggerView):
    """The schema for people. Its template shows nothing else, so it answers no other method."""

    http_method_names = ["get", "head"]


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="docs"),
]
