"""Views for logging in and out, refreshing tokens, and reading the caller's account."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.serializers import CredentialsSerializer, MeSerializer, RefreshSerializer, TokenPairSerializer
from accounts.throttling import LoginThrottle
from blockchain.common.openapi import problems


class TokenView(APIView):
    """Exchanges credentials for a pair of tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    @extend_schema(
        operation_id="token_create",
        tags=["accounts"],
        summary="Log in",
        request=CredentialsSerializer,
        responses={200: TokenPairSerializer, **problems(400, 401, 413, 415, 429)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        pair = services.token_pair_issue(request=request._request, **credentials.validated_data)
        return Response(TokenPairSerializer(pair).data)


class TokenRefreshView(APIView):
    """Exchanges a refresh token for a new pair of tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    @extend_schema(
        operation_id="token_refresh",
        tags=["accounts"],
        summary="Refresh the tokens",
        request=RefreshSerializer,
        responses={200: TokenPairSerializer, **problems(400, 401, 413, 415)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pair = services.token_pair_rotate(**body.validated_data)
        return Response(TokenPairSerializer(pair).data)


class LogoutView(APIView):
    """Ends a login."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    @extend_schema(
        operation_id="logout",
        tags=["accounts"],
        summary="Log out",
        description="Ends the login: this refresh token, all tokens that were exchanged for it, and their access "
        "tokens become invalid.",
        request=RefreshSerializer,
        responses={204: None, **problems(400, 401, 413, 415)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        services.login_end(**body.validated_data)
        return Response(status=204)


class MeView(APIView):
    """The user that the token belongs to."""

    @extend_schema(
        operation_id="users_me",
        tags=["accounts"],
        summary="Get the current user",
        responses={200: MeSerializer, **problems(401)},
    )
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)
