"""The OpenAPI schema and its page, below `/api/`."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.request import Request


class SchemaView(SpectacularAPIView):
    """The schema, as JSON or YAML."""

    http_method_names = ["get", "head"]

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version; the file's name, in a header, is made of nothing that is asked for."""


class DocsView(SpectacularSwaggerView):
    """The schema for people. Its template shows nothing else, so it answers no other method."""

    http_method_names = ["get", "head"]


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="docs"),
]
