"""The base of all views of the registry, independent of the project's own REST framework settings."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blockchain.common.bodies import body_guard, body_receive
from blockchain.common.parsers import JSONParser
from blockchain.common.problem_details import exception_handler


class RegistryView(APIView):
    """A view whose errors are problem details, whose bodies are strict JSON, and whose responses no proxy may store."""

    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)
    parser_classes: Sequence[type[BaseParser]] = (JSONParser,)

    @property
    def body_limit(self) -> int:
        """The most bytes that a request body may have."""
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        body_guard(request)
        return super().initialize_request(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        # After authentication, so nobody else's body is received; before throttling, since throttles count its size.
        body_receive(request._request, limit=self.body_limit)
        super().check_throttles(request)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
