"""Logging in: tokens, their rotation, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import Login, User
from tests.api.problems import assert_problem
from tests.fixtures.actors import PASSWORD, client_of

TOKEN, REFRESH, ME, LOGOUT = "/api/token/", "/api/token/refresh/", "/api/users/me/", "/api/logout/"


def login(client: APIClient, **changes):
    return client.post(TOKEN, {"username": "complainant", "password": PASSWORD} | changes, format="json")


def refresh(client: APIClient, token: str):
    return client.post(REFRESH, {"refresh": token}, format="json")


def with_token(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_login__right_password__tokens_that_work_and_name_nobody(nobody_client, complainant):
    response = login(nobody_client)
    assert response.status_code == 200
    claims = jwt.decode(response.json()["access"], settings.JWT_SIGNING_KEY, algorithms=["HS256"])
    assert claims["sub"] == str(complainant.opaque_id)
    assert claims["exp"] - claims["iat"] == 600
    assert "complainant" not in str(claims)
    assert with_token(response.json()["access"]).get(ME).status_code == 200


def test_login__password_with_spaces_around__is_taken_as_it_is(nobody_client, db):
    User.objects.create_user("spacious", password="  spaces around  ")
    assert login(nobody_client, username="spacious", password="  spaces around  ").status_code == 200
    assert_problem(login(nobody_client, username="spacious", password="spaces around"), 401)


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong"},
        {"username": "unknown"},
        {"password": PASSWORD.upper()},
        {"username": "COMPLAINANT"},
        {"username": "c\u00f4mplainant"},
    ],
)
def test_login__wrong_credentials__401_that_says_not_which(nobody_client, complainant, changes):
    response = login(nobody_client, **changes)
    body = assert_problem(response, 401, detail="No active account has these credentials.")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert "errors" not in body


def test_login__inactive_user__the_same_401(nobody_client, complainant):
    User.objects.update(is_active=False)
    assert_problem(login(nobody_client), 401, detail="No active account has these credentials.")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "complainant"}, "password"),
        ({"password": PASSWORD}, "username"),
        ({"username": "complainant", "password": PASSWORD, "admin": True}, "admin"),
        ({"username": {"$ne": ""}, "password": PASSWORD}, "username"),
        ({"username": "a\x00b", "password": PASSWORD}, "username"),
        ({"username": "a" * 151, "password": PASSWORD}, "username"),
        ({"username": "complainant", "password": "x" * 1001}, "password"),
    ],
)
def test_login__bad_body__400_names_the_field(nobody_client, complainant, body, field):
    assert_problem(nobody_client.post(TOKEN, body, format="json"), 400, field)


def test_login__get__405(nobody_client):
    response = nobody_client.get(TOKEN)
    assert_problem(response, 405)
    assert "POST" in response["Allow"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer not-a-token",
        "Bearer a.b.c",
        "Bearer one two",
        "Basic Y29tcGxhaW5hbnQ6eA==",
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.",
    ],
)
def test_me__bad_token__401(nobody_client, header):
    nobody_client.credentials(HTTP_AUTHORIZATION=header)
    response = nobody_client.get(ME)
    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_me__expired_token__401(complainant):
    token = AccessToken.for_user(complainant)
    token.set_exp(lifetime=-timedelta(seconds=1))
    assert_problem(with_token(str(token)).get(ME), 401)


def test_me__refresh_token_as_access_token__401(complainant):
    assert_problem(with_token(str(RefreshToken.for_user(complainant))).get(ME), 401)


@pytest.mark.parametrize("key", ["another-key-of-sufficient-length-0123456789", settings.SECRET_KEY])
def test_me__token_signed_with_another_key__401(complainant, key):
    claims = dict(AccessToken.for_user(complainant).payload)
    assert_problem(with_token(jwt.encode(claims, key, algorithm="HS256")).get(ME), 401)


@pytest.mark.parametrize("changes", [{"is_active": False}, {"password": "changed"}])
def test_me__user_deactivated_or_password_changed__401(complainant, complainant_client, changes):
    assert complainant_client.get(ME).status_code == 200
    User.objects.update(**changes)
    assert_problem(complainant_client.get(ME), 401)


def test_me__user_deleted__401(complainant, complainant_client):
    complainant.delete()
    assert_problem(complainant_client.get(ME), 401)


def test_me__each_actor__their_own(complainant, complainant_client, staff, staff_client):
    mine = {"username": "complainant", "opaque_id": str(complainant.opaque_id), "is_staff": False}
    assert complainant_client.get(ME).json() == mine
    assert staff_client.get(ME).json() == {"username": "staff", "opaque_id": str(staff.opaque_id), "is_staff": True}


def test_refresh__once__new_pair_and_the_old_is_used_up(nobody_client, complainant):
    first = login(nobody_client).json()
    second = refresh(nobody_client, first["refresh"])
    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert with_token(second.json()["access"]).get(ME).status_code == 200
    third = refresh(nobody_client, second.json()["refresh"])
    assert third.status_code == 200
    assert len({each.json()["refresh"] for each in (second, third)} | {first["refresh"]}) == 3


def test_refresh__used_token_again__whole_login_ends_and_no_other(nobody_client, complainant):
    first, elsewhere = login(nobody_client).json(), login(nobody_client).json()
    second = refresh(nobody_client, first["refresh"]).json()
    assert_problem(refresh(nobody_client, first["refresh"]), 401)
    assert_problem(refresh(nobody_client, second["refresh"]), 401)
    assert_problem(with_token(second["access"]).get(ME), 401)
    assert_problem(with_token(first["access"]).get(ME), 401)
    assert with_token(elsewhere["access"]).get(ME).status_code == 200
    assert refresh(nobody_client, elsewhere["refresh"]).status_code == 200


@pytest.mark.parametrize("used", ["newest", "first"])
def test_logout__any_refresh_token_of_the_login__ends_it_for_good(nobody_client, complainant, used):
    first, elsewhere = login(nobody_client).json(), login(nobody_client).json()
    newest = refresh(nobody_client, first["refresh"]).json()
    token = {"newest": newest, "first": first}[used]["refresh"]
    for _ in range(2):
        response = nobody_client.post(LOGOUT, {"refresh": token}, format="json")
        assert (response.status_code, response.content) == (204, b"")
    assert_problem(refresh(nobody_client, newest["refresh"]), 401)
    assert_problem(with_token(newest["access"]).get(ME), 401)
    assert with_token(elsewhere["access"]).get(ME).status_code == 200


def test_logout__before_any_refresh__access_token_ends_too(nobody_client, complainant):
    pair = login(nobody_client).json()
    assert nobody_client.post(LOGOUT, {"refresh": pair["refresh"]}, format="json").status_code == 204
    assert_problem(with_token(pair["access"]).get(ME), 401)
    assert_problem(refresh(nobody_client, pair["refresh"]), 401)


@pytest.mark.parametrize("token", ["garbage", "a.b.c"])
def test_logout__no_token__401(nobody_client, db, token):
    assert_problem(nobody_client.post(LOGOUT, {"refresh": token}, format="json"), 401)


def test_logins__expired__are_forgotten(nobody_client, complainant):
    refresh(nobody_client, login(nobody_client).json()["refresh"])
    Login.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    login(nobody_client)
    assert not Login.objects.exists()


def test_refresh__bad_tokens__401(nobody_client, complainant):
    expired = RefreshToken.for_user(complainant)
    expired.set_exp(lifetime=-timedelta(seconds=1))
    for token in (str(expired), str(AccessToken.for_user(complainant)), "garbage", "a.b.c"):
        response = refresh(nobody_client, token)
        assert_problem(response, 401)
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("changes", [{"is_active": False}, {"password": "changed"}])
def test_refresh__user_deactivated_or_password_changed__401(nobody_client, complainant, changes):
    token = login(nobody_client).json()["refresh"]
    User.objects.update(**changes)
    assert_problem(refresh(nobody_client, token), 401)


def test_refresh__user_deleted__401(nobody_client, complainant):
    token = login(nobody_client).json()["refresh"]
    complainant.delete()
    assert_problem(refresh(nobody_client, token), 401)


def test_refresh__bad_body__400_names_the_field(nobody_client):
    assert_problem(nobody_client.post(REFRESH, {}, format="json"), 400, "refresh")
    assert_problem(nobody_client.post(REFRESH, {"refresh": "x", "y": 1}, format="json"), 400, "y")


@pytest.mark.django_db(transaction=True)
def test_refresh__the_same_token_at_the_same_time__one_wins(complainant):
    token = str(RefreshToken.for_user(complainant))

    def use(_: int) -> int:
        try:
            return refresh(APIClient(), token).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [200, 401, 401, 401]


def test_token_of_one_user__is_not_another__users_keep_apart(complainant, other_complainant):
    assert client_of(complainant).get(ME).json()["username"] == "complainant"
    assert client_of(other_complainant).get(ME).json()["username"] == "other_complainant"
