"""The same request for an entry once more, as after a timeout: the same entry while it waits."""

from typing import Any

import pytest
from eth_account import Account

from report import services
from tests.api.problems import assert_problem
from tests.api.test_entries import ACTOR, ENTRY_RESERVED, URL, expire, signed
from tests.fixtures.actors import client_of


@pytest.fixture(autouse=True)
def known(deployment: Any) -> None:
    """The contract is known; its node does not answer."""


@pytest.fixture
def prepare(report, staff_client):
    def post(changes: dict[str, Any], event_type: str, status: int = 201, actor: str = ACTOR) -> Any:
        body = {"tracking_id": report.tracking_id, "event_type": event_type, "changes": changes, "actor": actor}
        response = staff_client.post(URL, body, format="json")
        assert response.status_code == status, response.content
        return response.json() if status == 201 else response

    return post


@pytest.mark.parametrize(
    ("changes", "event_type"),
    [
        ({"comment": "one"}, "COMMENTED"),
        ({"status": "on_hold"}, "SLA_PAUSED"),
        ({"deadline": 1_700_000_000}, "SLA_DEADLINE_SET"),
    ],
)
def test_prepare__same_request_again__same_entry(prepare, report, changes, event_type):
    entry = prepare(changes, event_type)
    assert prepare(changes, event_type) == entry
    assert report.complaint.writes.count() == 2


def test_prepare__same_request_by_somebody_else_or_for_another_actor__409(prepare, report, other_staff):
    prepare({"comment": "one"}, "COMMENTED")
    other = {"tracking_id": report.tracking_id, "event_type": "COMMENTED", "changes": {"comment": "one"}}
    response = client_of(other_staff).post(URL, other | {"actor": ACTOR}, format="json")
    assert_problem(response, 409, type=ENTRY_RESERVED)
    another = Account.from_key("0x" + "08" * 32).address
    assert_problem(prepare({"comment": "one"}, "COMMENTED", status=409, actor=another), 409, type=ENTRY_RESERVED)


@pytest.mark.parametrize("ending", ["signed", "expired", "expired behind which others stand"])
def test_prepare__same_request_after_the_end_of_the_first__another_entry(
    prepare, report, staff_client, complainant, ending
):
    entry = prepare({"comment": "one"}, "COMMENTED")
    if ending == "signed":
        body = {"signature": signed(entry)}
        assert staff_client.put(f"{URL}{entry['id']}/signature/", body, format="json").status_code == 200
    elif ending == "expired":
        expire()
    else:
        services.comment_create(report_id=report.pk, author=complainant, text="behind")
        expire()
    again = prepare({"comment": "one"}, "COMMENTED")
    assert again["id"] != entry["id"]
