"""The command that makes users for demos and operators."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def environment(db, monkeypatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)


def ensure(**options) -> User:
    call_command("ensure_user", **{"username": "clerk", "password_env": "THE_PASSWORD"} | options)
    return User.objects.get(username="clerk")


def test_ensure__new__user_who_can_log_in(capsys):
    user = ensure()
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert capsys.readouterr().out == "clerk: created\n"


def test_ensure__again__changes_only_what_is_given(capsys):
    first = ensure(staff=True)
    assert ensure(password_env=None).is_staff
    assert not ensure(staff=False).is_staff
    last = User.objects.get()
    assert (last.pk, last.opaque_id, last.password) == (first.pk, first.opaque_id, first.password)


def test_ensure__other_password__replaces_it(monkeypatch):
    ensure()
    monkeypatch.setenv("THE_PASSWORD", "another long enough phrase")
    assert ensure().check_password("another long enough phrase")


def test_ensure__deactivated__may_not_log_in():
    assert not ensure(active=False).is_active


def test_ensure__support__staff_in_a_group_that_can_repair():
    user = ensure(support=True)
    assert user.is_staff
    assert user.has_perms(
        ["complaint_registry.retry_write", "complaint_registry.give_up_write", "report.view_issuereport"]
    )
    assert not user.has_perm("report.change_issuereport")


@pytest.mark.parametrize(
    ("options", "password", "message"),
    [
        ({"password_env": None}, PASSWORD, "a new user needs a password"),
        ({}, "", "THE_PASSWORD is empty"),
        ({"password_env": "NOT_SET_ANYWHERE"}, PASSWORD, "NOT_SET_ANYWHERE is empty"),
        ({}, "12345678", "entirely numeric"),
        ({}, "clerk123", "similar to the username"),
        ({"username": "no spaces"}, PASSWORD, "valid username"),
    ],
)
def test_ensure__bad_options__one_line_and_no_user(monkeypatch, options, password, message):
    monkeypatch.setenv("THE_PASSWORD", password)
    with pytest.raises(CommandError, match=message):
        ensure(**options)
    assert not User.objects.exists()
