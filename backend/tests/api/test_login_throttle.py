"""Login attempts are counted per address and per account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.models import LoginAttempt
from tests.api.problems import assert_problem
from tests.fixtures.actors import PASSWORD


def attempt(*, username: str = "complainant", password: str = PASSWORD, address: str = "192.0.2.1", **headers):
    body = {"username": username, "password": password}
    return APIClient().post("/api/token/", body, format="json", REMOTE_ADDR=address, **headers)


def rate(value: str):
    framework = settings.REST_FRAMEWORK
    return override_settings(
        REST_FRAMEWORK=framework | {"DEFAULT_THROTTLE_RATES": framework["DEFAULT_THROTTLE_RATES"] | {"login": value}}
    )


def test_login__sixth_in_a_minute_for_an_account__429_from_any_address(complainant):
    for number in range(5):
        assert attempt(address=f"192.0.2.{number}").status_code == 200
    response = attempt(address="192.0.2.99")
    assert_problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 60
    assert_problem(attempt(username="COMPLAINANT", address="192.0.2.98"), 429)


def test_login__sixth_in_a_minute_from_an_address__429_for_any_account(complainant):
    for number in range(5):
        assert_problem(attempt(username=f"guess{number}"), 401)
    assert_problem(attempt(), 429)
    assert attempt(address="192.0.2.2").status_code == 200


def test_login__forwarded_address_of_the_clients_own_making__is_not_believed(complainant):
    for number in range(5):
        attempt(username=f"guess{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert_problem(attempt(username="guess", HTTP_X_FORWARDED_FOR="198.51.100.9"), 429)


def test_login__a_minute_later__allowed_and_old_attempts_are_gone(complainant):
    for _ in range(6):
        attempt()
    LoginAttempt.objects.update(at=LoginAttempt.objects.latest("at").at - timedelta(seconds=60))
    assert attempt().status_code == 200
    assert LoginAttempt.objects.count() == 2


def test_login__refused_attempts__do_not_prolong_the_wait(complainant):
    for _ in range(8):
        attempt()
    assert LoginAttempt.objects.count() == 10


def test_login__another_rate__by_setting(complainant):
    with rate("2/hour"):
        assert [attempt().status_code for _ in range(3)] == [200, 200, 429]


def test_login__attempts_kept__name_neither_address_nor_account(complainant):
    attempt()
    kept = str(list(LoginAttempt.objects.values()))
    assert "192.0.2.1" not in kept
    assert "complainant" not in kept


@pytest.mark.parametrize("spelling", [" complainant", "complainant\t", "Complainant", "\uff43omplainant"])
def test_login__other_spelling_of_the_account__is_counted_as_the_account(complainant, spelling):
    for number in range(5):
        attempt(username=spelling, address=f"192.0.2.{number}")
    assert_problem(attempt(address="192.0.2.99"), 429)


@pytest.mark.parametrize(
    ("addresses", "shared"),
    [
        (["2001:db8::1", "2001:db8::ffff:2"], True),
        (["2001:db8::1", "2001:db8:0:1::1"], False),
        (["::ffff:192.0.2.1", "192.0.2.1"], True),
        (["192.0.2.1", "192.0.2.2"], False),
    ],
)
def test_login__address_of_the_same_customer__is_counted_as_the_same(complainant, addresses, shared):
    for number in range(5):
        attempt(username=f"guess{number}", address=addresses[0])
    assert attempt(address=addresses[1]).status_code == (429 if shared else 200)


@pytest.mark.parametrize("body", ["[1]", '"text"', '{"username": 5, "password": "x"}', '{"username": "\\ud800"}'])
def test_login__bodies_without_an_account__are_counted_by_address(db, body):
    for _ in range(5):
        response = APIClient().post("/api/token/", body, content_type="application/json")
        assert response.status_code in (400, 401)
    assert_problem(APIClient().post("/api/token/", body, content_type="application/json"), 429)


@pytest.mark.django_db(transaction=True)
def test_login__many_at_the_same_time__no_more_than_the_limit(complainant):
    def guess(_: int) -> int:
        try:
            return attempt(password="wrong").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert codes.count(401) <= 5
    assert set(codes) <= {401, 429}
