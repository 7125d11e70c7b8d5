"""A transaction that others keep from being carried out: again a few times, and then a 503."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Model
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.common import retry
from blockchain.common.retry import DatabaseBusy, DatabaseUnavailable, atomic_retried, unavailable_of
from report.models import IssueReport
from tests.api.problems import assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """A lock is waited for a second at most."""
    if connection.vendor == "sqlite":
        before = "PRAGMA busy_timeout = 20000"
        statement = "PRAGMA busy_timeout = 100"
    else:
        before, statement = "SET innodb_lock_wait_timeout = DEFAULT", "SET innodb_lock_wait_timeout = 1"
    with connection.cursor() as cursor:
        cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        cursor.execute(before)


@contextmanager
def locked_by_somebody(row: Model) -> Iterator[threading.Event]:
    """Another connection holds the row until the event is set, or the block ends."""
    held, released = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                type(row)._default_manager.select_for_update().get(pk=row.pk)
                held.set()
                released.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    try:
        yield released
    finally:
        released.set()
        thread.join()


def test_atomic_retried__row_locked_for_a_while__is_carried_out_once(complainant: User) -> None:
    tries = 0
    with locked_by_somebody(complainant) as released:

        @atomic_retried
        def rename() -> None:
            nonlocal tries
            tries += 1
            User.objects.create_user(f"try {tries}")
            if tries == 2:
                released.set()
            User.objects.filter(pk=complainant.pk).update(first_name="Ada")

        # SQLite meets the lock before there is a transaction.
        if connection.vendor == "sqlite":
            threading.Timer(0.3, released.set).start()
        rename()
    assert User.objects.get(pk=complainant.pk).first_name == "Ada"
    assert list(User.objects.filter(username__startswith="try").values_list("username", flat=True)) == [f"try {tries}"]


def test_atomic_retried__row_stays_locked__raises_after_some_tries(complainant: User) -> None:
    @atomic_retried
    def rename() -> None:
        User.objects.filter(pk=complainant.pk).update(first_name="Ada")

    with locked_by_somebody(complainant), pytest.raises(OperationalError) as raised:
        rename()
    assert isinstance(unavailable_of(raised.value), DatabaseBusy)
    assert not connection.in_atomic_block


def test_atomic_retried__within_a_transaction__is_not_repeated_alone(complainant: User) -> None:
    tries = 0

    @atomic_retried
    def fail() -> None:
        nonlocal tries
        tries += 1
        raise OperationalError(1213, "Deadlock found")

    with pytest.raises(OperationalError), transaction.atomic():
        fail()
    assert tries == 1
    with pytest.raises(OperationalError):
        fail()
    assert tries == 1 + retry.TRIES


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(1205, "Lock wait timeout exceeded"), DatabaseBusy),
        (OperationalError(2006, "Server has gone away"), DatabaseUnavailable),
        (InterfaceError(0, ""), DatabaseUnavailable),
        (ValueError("x"), type(None)),
    ],
)
def test_unavailable_of__errors_of_the_database_and_others__only_the_former(error: Exception, expected: type) -> None:
    assert type(unavailable_of(error)) is expected


def test_patch__complaint_locked_by_somebody__503_and_nothing_is_changed(
    staff_client: APIClient, report: IssueReport
) -> None:
    with locked_by_somebody(report.complaint):
        response = staff_client.patch(f"/api/reports/{report.tracking_id}/", {"priority": "high"}, format="json")
    assert_problem(response, 503, title="Service Unavailable", detail=DatabaseBusy.public)
    assert response["Retry-After"] == "1"
    report.refresh_from_db()
    assert report.priority == "normal"
