"""What a model that records itself does, and what it refuses. `manage.py test` runs this in the city's project."""
# ruff: noqa: PT009, PT027  The city has Django's own test runner, not pytest.

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import TestCase, TransactionTestCase

from blockchain.acceptance import UnrecordedChange
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType
from blockchain.recording import OutsideTransactionError, TransitionForbidden
from blockchain.tracking import TrackedQuerySet, track
from potholes.models import Pothole


def links() -> list[tuple[str, Any]]:
    """What was recorded: the kind and the changes, in order."""
    return [(EventType(write.event_type).name, write.payload["changes"]) for write in Write.objects.order_by("nonce")]


class PotholeTests(TestCase):
    def setUp(self) -> None:
        self.ada = User.objects.create_user("ada")
        self.hole = Pothole.objects.create(number=7, street="Mill Lane", reporter=self.ada)
        self.filed = ("CREATED", {"street": [None, "Mill Lane"], "state": [None, "reported"]})

    def refused(self, call: Callable[[], Any], *, error: type[Exception] = UnrecordedChange, says: str = "") -> None:
        """`call` raises, and has neither changed nor recorded anything."""
        with self.assertRaisesMessage(error, says), transaction.atomic():
            call()
        self.assertEqual(Pothole.objects.values_list("street", "state").get(), ("Mill Lane", "reported"))
        self.assertEqual(links(), [self.filed])

    def test_new_row_is_filed_under_its_number_by_its_reporter(self) -> None:
        complaint = Complaint.objects.get()
        self.assertEqual((complaint.source, complaint.external_id), ("potholes", "7"))
        self.assertEqual(Write.objects.get().payload["by"], str(self.ada.pk))
        self.assertEqual(links(), [self.filed])

    def test_save_that_changes_nothing_tracked_records_nothing(self) -> None:
        self.hole.depth = 30
        self.hole.save()
        self.hole.save(update_fields=["depth"])
        Pothole.objects.update(depth=31)
        self.assertEqual(links(), [self.filed])

    def test_changes_of_one_kind_are_one_link(self) -> None:
        self.hole.street, self.hole.state = "Hill Lane", "seen"
        self.hole.save()
        changes = {"street": ["Mill Lane", "Hill Lane"], "state": ["reported", "seen"]}
        self.assertEqual(links()[1:], [("STATUS_UPDATED", changes)])

    def test_changes_of_two_kinds_are_two_links_in_the_order_of_the_fields(self) -> None:
        self.hole.street, self.hole.state = "Hill Lane", "filled"
        self.hole.save()
        self.assertEqual([kind for kind, _ in links()[1:]], ["STATUS_UPDATED", "RESOLVED"])

    def test_update_fields_limits_what_is_recorded_to_what_is_saved(self) -> None:
        self.hole.street, self.hole.state = "Hill Lane", "filled"
        self.hole.save(update_fields=["state"])
        self.assertEqual(links()[1:], [("RESOLVED", {"state": ["reported", "filled"]})])

    def test_stale_object_records_what_the_row_becomes(self) -> None:
        stale = Pothole.objects.get()
        self.hole.state = "seen"
        self.hole.save()
        stale.street = "Hill Lane"
        stale.save()
        changes = {"street": ["Mill Lane", "Hill Lane"], "state": ["seen", "reported"]}
        self.assertEqual(links()[2:], [("STATUS_UPDATED", changes)])

    def test_object_made_with_the_key_of_a_row_records_what_the_row_becomes(self) -> None:
        Pothole(pk=self.hole.pk, number=7, street="Mill Lane", state="filled", reporter=self.ada).save()
        self.assertEqual(links()[1:], [("RESOLVED", {"state": ["reported", "filled"]})])

    def test_kind_that_the_status_forbids_keeps_the_row_as_it_was(self) -> None:
        self.hole.state = "filled"
        self.hole.save()
        self.hole.street, self.hole.state = "Hill Lane", "open again"
        with self.assertRaises(TransitionForbidden), transaction.atomic():
            self.hole.save()
        self.assertEqual(Pothole.objects.values_list("street", "state").get(), ("Mill Lane", "filled"))
        self.assertEqual(len(links()), 2)

    def test_second_kind_refused_takes_the_first_along_though_the_caller_goes_on(self) -> None:
        # A deadline needs a time, which a field's change has not.
        self.hole.street, self.hole.state = "Hill Lane", "due"
        with self.assertRaises(ValueError):
            self.hole.save()
        self.assertEqual(links(), [self.filed])

    def test_update_of_tracked_fields_is_refused(self) -> None:
        says = "save each pothole"
        self.refused(lambda: Pothole.objects.update(state="filled"), says=f"state: {says}")
        self.refused(lambda: Pothole.objects.filter(number=7).update(depth=1, street="Hill Lane"), says=says)
        self.refused(lambda: self.ada.pothole_set.update(state="filled"), says=says)
        self.refused(lambda: Pothole.objects.update(number=8), says=f"number: {says}")
        self.hole.state = "filled"
        self.refused(lambda: Pothole.objects.bulk_update([self.hole], ["state"]), says=says)

    def test_rows_made_in_bulk_are_refused(self) -> None:
        other = Pothole(number=8, street="Hill Lane", reporter=self.ada)
        self.refused(lambda: Pothole.objects.bulk_create([other]), says="save each pothole")

    def test_deletion_is_refused(self) -> None:
        self.refused(self.hole.delete, says="pothole 7 is on record")
        self.refused(Pothole.objects.all().delete, says="pothole 7 is on record")

    def test_another_number_is_refused(self) -> None:
        self.hole.number = 8
        self.refused(self.hole.save, says="number identifies pothole 7")

    def test_value_that_the_database_computes_is_refused(self) -> None:
        self.hole.street = F("state")
        self.refused(self.hole.save, says="street of pothole 7: a value that the database computes")

    def test_fixture_is_refused(self) -> None:
        self.refused(lambda: call_command("loaddata", "pothole"), says="a fixture would not be recorded")

    def test_row_that_was_never_filed_is_left_alone(self) -> None:
        Write.objects.all().delete()
        Complaint.objects.all().delete()
        self.hole.state = "filled"
        self.hole.save()
        self.assertEqual(links(), [])
        self.hole.delete()

    def test_second_registration_and_unguarded_managers_are_refused(self) -> None:
        arguments = {"source": "x", "external_id": "id", "fields": (), "kinds": lambda *_: None, "by": str}
        with self.assertRaisesMessage(ImproperlyConfigured, "Pothole is already tracked"):
            track(Pothole, **arguments)
        with self.assertRaisesMessage(ImproperlyConfigured, "User.objects must come from a TrackedQuerySet"):
            track(User, **arguments)

    def test_queryset_of_a_model_that_is_not_tracked_is_djangos(self) -> None:
        self.assertEqual(TrackedQuerySet(User).update(first_name="Ada"), 1)


class OutsideTransactionTests(TransactionTestCase):
    def test_row_saved_outside_a_transaction_is_refused(self) -> None:
        ada = User.objects.create_user("ada")
        with self.assertRaises(OutsideTransactionError):
            Pothole.objects.create(number=7, street="Mill Lane", reporter=ada)
        self.assertFalse(Pothole.objects.exists())

    def test_filing_that_fails_undoes_the_row_though_the_caller_goes_on(self) -> None:
        ada = User.objects.create_user("ada")
        with transaction.atomic():
            Complaint.objects.create(complaint_id="0x", source="potholes", external_id="7", salt="0x")
        with transaction.atomic(), self.assertRaises(IntegrityError):
            Pothole.objects.create(number=7, street="Mill Lane", reporter=ada)
        self.assertFalse(Pothole.objects.exists())
