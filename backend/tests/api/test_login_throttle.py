"""Login attempts are counted per address and per account."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import KnownAddress, LoginAttempt
from tests.api.problems import assert_problem
from tests.fixtures.actors import PASSWORD


def attempt(*, username: str = "complainant", password: str = PASSWORD, address: str = "192.0.2.1", **headers):
    body = {"username": username, "password": password}
    return APIClient().post("/api/token/", body, format="json", REMOTE_ADDR=address, **headers)


def rates(**changes: str):
    framework = settings.REST_FRAMEWORK
    return override_settings(
        REST_FRAMEWORK=framework | {"DEFAULT_THROTTLE_RATES": framework["DEFAULT_THROTTLE_RATES"] | changes}
    )


@pytest.fixture(autouse=True)
def few_per_address():
    """As many attempts for an address alone as for an address and an account."""
    with rates(login_address="5/min"):
        yield


def test_login__sixth_in_a_minute_for_an_account_from_an_address__429(complainant):
    with rates(login_address="100/min"):
        for _ in range(5):
            assert attempt().status_code == 200
        response = attempt()
        assert_problem(response, 429)
        assert 0 < int(response["Retry-After"]) <= 60
        assert_problem(attempt(username="COMPLAINANT"), 429)
        assert_problem(attempt(username="other"), 401)
        assert attempt(address="192.0.2.99").status_code == 200


def test_login__sixth_in_a_minute_from_an_address__429_for_any_account(complainant):
    for number in range(5):
        assert_problem(attempt(username=f"guess{number}"), 401)
    assert_problem(attempt(), 429)
    assert attempt(address="192.0.2.2").status_code == 200


def test_login__account_is_guessed_from_everywhere__strangers_are_slowed_down_and_its_owner_is_not(complainant):
    assert attempt(address="192.0.2.1").status_code == 200
    with rates(login_account="10/hour"):
        codes = [attempt(address=f"198.51.100.{number}", password="wrong").status_code for number in range(20)]
        # The owner's first login counted, too: nobody knew the address before.
        assert codes == [401] * 9 + [429] * 11
        assert attempt(address="192.0.2.1").status_code == 200
        assert_problem(attempt(address="203.0.113.1"), 429)
        assert attempt(address="203.0.113.1", username="nobody").status_code == 401


def test_login__known_address__is_forgotten_after_a_season(complainant):
    attempt(address="192.0.2.1")
    KnownAddress.objects.update(at=timezone.now() - timedelta(days=91))
    with rates(login_account="1/hour"):
        assert_problem(attempt(address="192.0.2.1"), 429)


def test_login__guesses_from_one_address__lock_nobody_else_out(complainant):
    for _ in range(200):
        attempt(address="198.51.100.1", password="wrong")
    assert attempt(address="192.0.2.1").status_code == 200


@pytest.mark.parametrize("method", ["get", "options", "put", "delete", "head"])
def test_login__other_methods__are_not_counted(complainant, method):
    for _ in range(10):
        getattr(APIClient(), method)("/api/token/", REMOTE_ADDR="192.0.2.1")
    assert attempt().status_code == 200


def admin_attempt(client: Client, *, password: str = PASSWORD, address: str = "192.0.2.1"):
    body = {"username": "staff", "password": password}
    return client.post("/admin/login/?next=/admin/", body, REMOTE_ADDR=address)


def test_admin_login__sixth_in_a_minute__429_and_a_page_that_says_how_long(staff):
    for _ in range(5):
        assert admin_attempt(Client(), password="wrong").status_code == 200
    response = admin_attempt(Client())
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert f"wait {response['Retry-After']} seconds" in response.content.decode()
    assert admin_attempt(Client(), address="192.0.2.2").status_code == 302


def test_admin_login__pages_that_are_only_read__are_not_counted(staff):
    for _ in range(10):
        assert Client().get("/admin/login/", REMOTE_ADDR="192.0.2.1").status_code == 200
    assert admin_attempt(Client()).status_code == 302


def test_admin_login__with_the_apis__count_together(staff):
    for _ in range(3):
        admin_attempt(Client(), password="wrong")
    for _ in range(2):
        assert_problem(attempt(username="staff", password="wrong"), 401)
    assert_problem(attempt(username="staff"), 429)
    assert admin_attempt(Client()).status_code == 429


def test_admin_login__right_password__address_is_known_to_the_api(staff):
    assert admin_attempt(Client()).status_code == 302
    with rates(login_account="1/hour"):
        assert attempt(username="staff").status_code == 200


def test_admin_session__logged_in__lasts_eight_hours(staff):
    client = Client()
    assert admin_attempt(client).status_code == 302
    assert client.session.get_expiry_age() == 8 * 3600
    assert client.cookies["sessionid"]["max-age"] == 8 * 3600


def test_login__forwarded_address_of_the_clients_own_making__is_not_believed(complainant):
    for number in range(5):
        attempt(username=f"guess{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert_problem(attempt(username="guess", HTTP_X_FORWARDED_FOR="198.51.100.9"), 429)


def test_login__a_minute_later__allowed_and_old_attempts_are_forgotten(complainant):
    for _ in range(6):
        attempt()
    LoginAttempt.objects.update(at=LoginAttempt.objects.latest("at").at - timedelta(seconds=60))
    assert attempt().status_code == 200
    LoginAttempt.objects.update(at=LoginAttempt.objects.latest("at").at - timedelta(hours=2))
    assert attempt(address="192.0.2.2").status_code == 200
    # Of the address, of the account, and of both.
    assert LoginAttempt.objects.count() == 3


def test_login__refused_attempts__do_not_prolong_the_wait(complainant):
    for _ in range(8):
        attempt(password="wrong")
    assert LoginAttempt.objects.count() == 15


def test_login__another_rate__by_setting(complainant):
    with rates(login="2/hour"):
        assert [attempt().status_code for _ in range(3)] == [200, 200, 429]


def test_login__attempts_kept__name_neither_address_nor_account(complainant):
    attempt()
    kept = str([*LoginAttempt.objects.values(), *KnownAddress.objects.values()])
    # Nor can they be found by trying: the four billion addresses are soon hashed.
    assert hashlib.sha256(b"address:192.0.2.1").hexdigest() not in kept
    assert "192.0.2.1" not in kept
    assert "complainant" not in kept


@pytest.mark.parametrize("spelling", [" complainant", "complainant\t", "Complainant", "\uff43omplainant"])
def test_login__other_spelling_of_the_account__is_counted_as_the_account(complainant, spelling):
    with rates(login_account="5/hour"):
        for number in range(5):
            attempt(username=spelling, address=f"192.0.2.{number}", password="wrong")
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
