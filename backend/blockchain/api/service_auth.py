"""Authenticates other systems by `Authorization: Bearer crs_...`."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from blockchain.systems.tokens import PREFIX, Service, service_find


class ServiceAuthentication(BaseAuthentication):
    """Accepts service tokens. Other tokens are left to the other authenticators."""

    def authenticate(self, request: Request) -> tuple[Service, str] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX):
            return None
        service = service_find(token)
        if service is None:
            raise exceptions.AuthenticationFailed("The service token is unknown or has expired.")
        return service, "service"

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ServiceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Service tokens in the OpenAPI schema."""

    target_class = ServiceAuthentication
    name = "serviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A service token: `manage.py service_token`."}


class IsServiceOfSource(BasePermission):
    """Allows systems that call for complaints of their own source."""

    message = "A service token of this source is required."

    def has_permission(self, request: Request, view: APIView) -> bool:
        source = view.kwargs.get("source")
        return isinstance(request.user, Service) and source in (None, request.user.source)
