"""The OpenAPI schema and its page, below `/api/`."""

from threading import Lock
from typing import Any

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.request import Request


class SchemaMadeOnce(SchemaGenerator):
    """Generates the schema once per process. It is the same for everyone, and the generator is not thread-safe."""

    _lock = Lock()
    _schema: Any = None

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        """The schema, as a read-only mapping."""
        with self._lock:
            if SchemaMadeOnce._schema is None:
                SchemaMadeOnce._schema = super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]
        return SchemaMadeOnce._schema


class SchemaView(SpectacularAPIView):
    """The schema, as JSON or YAML."""

    http_method_names = ["get", "head"]
    generator_class = SchemaMadeOnce

    def _get_version_parameter(self, request: Request) -> None:
        """Always the same version: the file name in the header must not contain text from the request."""


class DocsView(SpectacularSwaggerView):
    """The schema as a page for people. The template does not mention other methods, so they are refused."""

    http_method_names = ["get", "head"]


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="docs"),
]
