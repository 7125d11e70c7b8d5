"""What a project that installs the registry decides, if it says nothing: staff see all, nobody else sees anything."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404

from blockchain.conf import DEFAULTS
from blockchain.host import Host, host
from blockchain.models import Complaint
from report.host import ReportHost

STAFF: Any = SimpleNamespace(pk=7, is_staff=True)
ANYBODY: Any = SimpleNamespace(pk=8, is_staff=False)


class Shouting(Host):
    """A project's own."""

    def __init__(self, *, suffix: str = "!") -> None:
        self.suffix = suffix

    def opaque_id(self, user: Any) -> str:
        return f"{super().opaque_id(user)}{self.suffix}"


@pytest.fixture
def filed(db: None) -> Complaint:
    return Complaint.objects.create(complaint_id="0x1", source="city", external_id="Case-1", salt="0x")


def test_complaint__staff__is_found(filed: Complaint) -> None:
    assert Host().complaint(user=STAFF, source="city", external_id="Case-1") == filed


@pytest.mark.parametrize(
    ("user", "source", "external_id"),
    [
        (ANYBODY, "city", "Case-1"),
        (STAFF, "county", "Case-1"),
        (STAFF, "city", "Case-2"),
        (STAFF, "city", "case-1"),
        (STAFF, "city", "Case-1 "),
        (STAFF, "city", ""),
    ],
)
def test_complaint__hidden_or_none__looks_the_same(filed: Complaint, user: Any, source: str, external_id: str) -> None:
    with pytest.raises(Http404) as raised:
        Host().complaint(user=user, source=source, external_id=external_id)
    assert raised.value.args == ("There is no such complaint, or it is not yours.",)


@pytest.mark.parametrize(("user", "expected"), [(STAFF, True), (ANYBODY, False), (SimpleNamespace(is_staff=1), True)])
def test_may_see__any_user__staff_alone(user: Any, expected: bool) -> None:
    assert Host().may_see(user=user, complaint=Complaint()) is expected


def test_host__defaults__call_persons_by_their_key_and_have_no_record() -> None:
    assert Host().opaque_id(STAFF) == "7"
    assert Host().own_record(Complaint()) is None


def test_host__setting__is_made_once_and_anew_when_it_changes(settings: Any) -> None:
    assert isinstance(host(), ReportHost)
    settings.BLOCKCHAIN_HOST = {"BACKEND": f"{__name__}.Shouting", "OPTIONS": {"suffix": "?"}}
    assert host().opaque_id(STAFF) == "7?"
    assert host() is host()
    settings.BLOCKCHAIN_HOST = DEFAULTS["BLOCKCHAIN_HOST"]
    assert type(host()) is Host


def test_host__setting_that_names_nobody__is_said(settings: Any) -> None:
    settings.BLOCKCHAIN_HOST = {"BACKEND": f"{__name__}.Nobody"}
    with pytest.raises(ImproperlyConfigured, match="BLOCKCHAIN_HOST does not name a usable backend"):
        host()
