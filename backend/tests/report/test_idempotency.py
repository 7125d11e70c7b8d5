"""The key of a request that may be repeated, and what makes two requests the same."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import User
from report.idempotency import HELD, KEPT, KEY, InFlight, KeyReused, _fingerprint, created_once
from report.models import IdempotentRequest

VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\')
keys = st.text(VISIBLE, min_size=1, max_size=255)


def request_of(body: Any = None, *, key: str | None = None, path: str = "/api/reports/") -> Request:
    headers = {} if key is None else {"Idempotency-Key": key}
    raw = APIRequestFactory().post(path, body or {}, format="json", headers=headers)
    return Request(raw, parsers=[JSONParser()])


class Creator:
    """Counts how often it was called."""

    def __init__(self, *results: int | Exception) -> None:
        self.results, self.calls = list(results), 0

    def __call__(self) -> int:
        self.calls += 1
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


@settings(max_examples=20)
@given(keys)
def test_key__visible_characters__are_the_same_with_quotes_and_without(key: str) -> None:
    for header in (key, f'"{key}"'):
        matched = KEY.fullmatch(header)
        assert matched is not None
        assert matched[1] == key


@pytest.mark.parametrize(
    "header", ["", '""', '"', 'a"b', '"a', 'a"', "a b", "\\", "Ä", "\x7f", "a" * 256, "a\n", '""a""']
)
def test_created_once__header_that_is_no_key__is_refused_before_anything_is_created(header: str) -> None:
    create = Creator(1)
    user: Any = None
    with pytest.raises(ValidationError) as raised:
        created_once(request_of(key=header), user=user, create=create)
    assert list(raised.value.detail) == ["Idempotency-Key"]
    assert create.calls == 0


def test_created_once__no_header__creates_each_time() -> None:
    create = Creator(1, 2)
    user: Any = None
    assert [created_once(request_of(), user=user, create=create) for _ in range(2)] == [1, 2]


values = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5)
bodies = st.dictionaries(st.text(max_size=5), values, max_size=4)


@settings(max_examples=20)
@given(bodies)
def test_fingerprint__members_in_any_order__is_the_same(body: dict[str, Any]) -> None:
    assert _fingerprint(request_of(body)) == _fingerprint(request_of(dict(reversed(body.items()))))


@settings(max_examples=20)
@given(bodies, bodies)
def test_fingerprint__another_body_or_path__is_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (_fingerprint(request_of(one)) == _fingerprint(request_of(other))) == (repr_of(one) == repr_of(other))
    assert _fingerprint(request_of(one)) != _fingerprint(request_of(one, path="/api/other/"))


def repr_of(body: dict[str, Any]) -> list[str]:
    """Tells 1 from True."""
    return sorted(f"{name!r}: {value!r}" for name, value in body.items())


@pytest.mark.parametrize("value", [2**53, float("inf"), "\ud800"])
def test_fingerprint__body_that_has_no_one_reading__is_refused(value: Any) -> None:
    request = request_of()
    request._full_data = {"a": value}
    with pytest.raises(ValidationError, match="would read the body differently"):
        _fingerprint(request)


def test_created_once__same_request_again__is_created_once_for_each_user(
    complainant: User, other_complainant: User
) -> None:
    create = Creator(11, 22)
    for header in ("k-1", '"k-1"'):
        assert created_once(request_of({"a": 1}, key=header), user=complainant, create=create) == 11
    assert created_once(request_of({"a": 1}, key="k-1"), user=other_complainant, create=create) == 22
    assert create.calls == 2
    # The key itself is not kept.
    assert not IdempotentRequest.objects.filter(key_hash__contains="k-1").exists()


def test_created_once__other_body_with_the_key__is_refused(complainant: User) -> None:
    create = Creator(1)
    created_once(request_of({"a": 1}, key="k"), user=complainant, create=create)
    with pytest.raises(KeyReused):
        created_once(request_of({"a": 2}, key="k"), user=complainant, create=create)
    assert create.calls == 1


def test_created_once__creating_fails__the_key_is_free_again(complainant: User) -> None:
    create = Creator(RuntimeError("no"), 5)
    with pytest.raises(RuntimeError, match="no"):
        created_once(request_of(key="k"), user=complainant, create=create)
    assert not IdempotentRequest.objects.exists()
    assert created_once(request_of(key="k"), user=complainant, create=create) == 5


@pytest.mark.parametrize(
    ("until", "free"),
    [
        (timedelta(seconds=30), False),
        (timedelta(seconds=-1), True),
        # Set before the clock was set back.
        (HELD + timedelta(hours=1), True),
    ],
)
def test_created_once__another_request_holds_the_key__waits_for_its_end(
    complainant: User, until: timedelta, free: bool
) -> None:
    create = Creator(1, 2)
    created_once(request_of(key="k"), user=complainant, create=create)
    IdempotentRequest.objects.update(result_id=None, held_until=timezone.now() + until)
    if free:
        assert created_once(request_of(key="k"), user=complainant, create=create) == 2
        return
    with pytest.raises(InFlight):
        created_once(request_of(key="k"), user=complainant, create=create)
    assert create.calls == 1


def test_created_once__somebody_took_over_from_a_slow_request__what_it_created_is_undone(complainant: User) -> None:
    def slow() -> int:
        User.objects.create_user("made by the slow one")
        IdempotentRequest.objects.update(result_id=7)
        return 1

    with pytest.raises(InFlight):
        created_once(request_of(key="k"), user=complainant, create=slow)
    assert not User.objects.filter(username="made by the slow one").exists()


def test_created_once__key_of_the_day_before__is_forgotten(complainant: User) -> None:
    create = Creator(1, 2)
    created_once(request_of({"a": 1}, key="k"), user=complainant, create=create)
    IdempotentRequest.objects.update(created_at=timezone.now() - KEPT - timedelta(seconds=1))
    assert created_once(request_of({"a": 2}, key="k"), user=complainant, create=create) == 2
