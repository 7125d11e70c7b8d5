"""What the API answers before and after its views."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware import common


class PermanentRedirect(HttpResponsePermanentRedirect):
    """Keeps method and body."""

    status_code = 308


class CommonMiddleware(common.CommonMiddleware):
    """Django's own, except that the redirect to the trailing slash keeps method and body, so a POST stays a POST."""

    response_redirect_class = PermanentRedirect


class NoStoreMiddleware:
    """Answers of the API hold tokens, salts and complaints: no proxy may store them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/") and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
