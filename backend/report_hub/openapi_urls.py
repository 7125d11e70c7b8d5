"""The OpenAPI schema and its page, below `/api/`."""

from threading import Lock

from django.http import HttpResponse, HttpResponseNotModified
from django.urls import path
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from blockchain.common.conditional import digest_of, not_modified

# By the renderer's media type.
_rendered: dict[str, bytes] = {}
_rendering = Lock()


def schema_rendered(renderer: BaseRenderer) -> bytes:
    """The schema, made once per process: it is the same for everyone, and the generator is not thread-safe."""
    with _rendering:
        if renderer.media_type not in _rendered:
            schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
            # Without what the request says about the indent.
            _rendered[renderer.media_type] = force_bytes(renderer.render(schema))
        return _rendered[renderer.media_type]


class SchemaView(SpectacularAPIView):
    """The schema, as JSON or YAML."""

    http_method_names = ["get", "head"]

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        content = schema_rendered(renderer)
        etag = f'"{digest_of(content)}"'
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        response = HttpResponse(content, content_type=f"{renderer.media_type}{charset}")
        if not_modified(request, etag):
            response = HttpResponseNotModified()
        response["ETag"] = etag
        response["Cache-Control"] = "no-cache"
        # No version: the file name must not contain text from the request.
        response["Content-Disposition"] = f'inline; filename="ComplaintRegistry.{renderer.format}"'
        return response


class DocsView(SpectacularSwaggerView):
    """The schema as a page for people. The template does not mention other methods, so they are refused."""

    http_method_names = ["get", "head"]
    template_name = "docs.html"


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(url_name="schema"), name="docs"),
]
