"""URLs of accounts, below `/api/`."""

from django.urls import path

from accounts.api.views import LogoutView, MeView, TokenRefreshView, TokenView

urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("token/refresh/", TokenRefreshView.as_view(), name="token-refresh"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("users/me/", MeView.as_view(), name="users-me"),
]
