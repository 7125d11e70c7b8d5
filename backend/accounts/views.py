"""The admin's login, with the same limits as the API's login."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.throttling import login_succeeded, login_wait


@never_cache
def admin_login(request: HttpRequest) -> HttpResponse:
    """Django's login page for the admin; 429 after too many attempts."""
    if request.method != "POST":
        return admin.site.login(request)
    wait = login_wait(request=request, username=request.POST.get("username"))
    if wait is not None:
        context = {**admin.site.each_context(request), "title": "Too many attempts", "wait": wait}
        response = render(request, "accounts/too_many_attempts.html", context, status=429)
        response["Retry-After"] = str(wait)
        return response
    response = admin.site.login(request)
    # Only a correct password is answered with a redirect.
    if response.status_code == 302 and isinstance(request.user, User):
        login_succeeded(request=request, user=request.user)
    return response
