"""Logging in, and who one is."""

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
    """Credentials for tokens."""

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
        responses={200: TokenPairSerializer, **problems(400, 401, 429)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        pair = services.token_pair_issue(request=request._request, **credentials.validated_data)
        return Response(TokenPairSerializer(pair).data)


class TokenRefreshView(APIView):
    """A refresh token for the next pair."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    @extend_schema(
        operation_id="token_refresh",
        tags=["accounts"],
        summary="Get the next pair of tokens",
        request=RefreshSerializer,
        responses={200: TokenPairSerializer, **problems(400, 401)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pair = services.token_pair_rotate(**body.validated_data)
        return Response(TokenPairSerializer(pair).data)


class MeView(APIView):
    """The user whose token this is."""

    @extend_schema(
        operation_id="users_me",
        tags=["accounts"],
        summary="Who am I?",
        responses={200: MeSerializer, **problems(401)},
    )
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)
