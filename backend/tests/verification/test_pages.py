"""Long histories: an answer has a page of them and still tells the truth about all, and little work is done twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.models import ChainEvent, Complaint, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.verdict import verdict_of
from report import services
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.chain.odd_node import OddNode
from tests.chain_fixtures import Chain, caches_clear
from tests.landing import land
from tests.saved_trail import trail_verdict
from tests.verification.test_tampering import altered

Trail = dict[str, Any]
# What a page has its own part of.
PARTS = {"events", "pending", "next_after"}
LIMIT = 4


@pytest.fixture
def waiting(lived: IssueReport, staff: User) -> IssueReport:
    """A whole life, with more writes on their way."""
    services.report_update(report_id=lived.pk, by=staff, status="in_progress")
    for text in "abcde":
        services.comment_create(report_id=lived.pk, author=staff, text=text)
    return lived


@pytest.fixture
def ask(waiting: IssueReport, complainant_client: APIClient) -> Callable[[str], Trail]:
    """The audit trail, by query."""

    def get(query: str) -> Trail:
        answer = complainant_client.get(f"/api/blockchain/reports/{waiting.tracking_id}/audit-trail/{query}")
        assert answer.status_code == 200, answer.content
        body: Trail = answer.json()
        return body

    return get


def pages(ask: Callable[[str], Trail]) -> Iterator[Trail]:
    after: int | None = 0
    while after is not None:
        page = ask(f"?after={after}&limit={LIMIT}")
        yield page
        after = page["next_after"]


def rest(trail: Trail) -> Trail:
    """What holds for the whole trail."""
    return {name: value for name, value in trail.items() if name not in PARTS}


def test_audit_trail__page_after_page__is_the_whole_and_each_speaks_of_the_whole(ask: Callable[[str], Trail]) -> None:
    whole, parts = ask(""), list(pages(ask))
    assert (whole["next_after"], whole["total_pending"], len(whole["pending"])) == (None, 6, 6)
    assert [event for page in parts for event in page["events"]] == whole["events"]
    assert [write for page in parts for write in page["pending"]] == whole["pending"]
    assert {len(page["events"]) + len(page["pending"]) for page in parts[:-1]} == {LIMIT}
    for page in parts:
        assert rest(page) == rest(whole)
        assert (page["complete"], page["report_matches"]) == (True, True)


def test_audit_trail__beyond_the_last_entry__no_entries_and_the_same_truth(ask: Callable[[str], Trail]) -> None:
    beyond = ask("?after=1000")
    assert (beyond["events"], beyond["pending"], beyond["next_after"]) == ([], [], None)
    assert rest(beyond) == rest(ask(""))


def test_audit_trail__link_of_another_page_was_altered__every_page_says_incomplete(ask: Callable[[str], Trail]) -> None:
    with altered(ChainEvent.objects.filter(sequence=2), timestamp=1):
        assert [page["complete"] for page in pages(ask)] == [False] * len(list(pages(ask)))


def test_audit_trail__data_and_payload_of_another_page_were_altered__every_page_says_so(
    ask: Callable[[str], Trail],
) -> None:
    event = ChainEvent.objects.get(event_type=EventType.CREATED)
    write = Write.objects.get(event_type=EventType.CREATED)
    payload = {**write.payload, "changes": {**write.payload["changes"], "issue_title": [None, "Other"]}}
    data = hashing.hex0x(hashing.data_hash(salt=hashing.unhex(write.salt), payload=payload))
    with (
        altered(Write.objects.filter(pk=write.pk), payload=payload, data=data),
        altered(ChainEvent.objects.filter(pk=event.pk), data=data),
    ):
        page = ask(f"?after=8&limit={LIMIT}")
        assert (page["complete"], page["report_matches"]) == (False, False)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=1001", "page=2", "after=1&after=2"])
@pytest.mark.parametrize("of", ["audit-trail", "status"])
def test_entries__bad_query__400(report: IssueReport, complainant_client: APIClient, of: str, query: str) -> None:
    path = f"/api/blockchain/reports/{report.tracking_id}/{of}/"
    assert_problem(complainant_client.get(f"{path}?{query}"), 400, query.partition("=")[0])


def test_status__page_after_page__is_the_whole(waiting: IssueReport, complainant_client: APIClient) -> None:
    def get(query: str) -> dict[str, Any]:
        body: dict[str, Any] = complainant_client.get(
            f"/api/blockchain/reports/{waiting.tracking_id}/status/{query}"
        ).json()
        return body

    whole, found, after = get(""), [], 0
    assert (whole["next_after"], whole["total_transactions"]) == (None, len(whole["transactions"]))
    while after is not None:
        page = get(f"?after={after}&limit={LIMIT}")
        found += page["transactions"]
        after = page["next_after"]
        for name in whole.keys() - {"transactions", "next_after"}:
            assert page[name] == whole[name]
    assert found == whole["transactions"]
    assert Counter(write["nonce"] for write in found) == Counter(range(len(found)))


def test_audit_trail__page__asks_for_its_own_receipts_unless_something_is_wrong(
    chain: Chain, ask: Callable[[str], Trail], settings: Any
) -> None:
    receipts: list[str] = []

    def counted(request: Any, upstream: Any) -> Any:
        calls = request if isinstance(request, list) else [request]
        receipts.extend(call["params"][0] for call in calls if call["method"] == "eth_getTransactionReceipt")
        return upstream(request)

    with OddNode(chain.anvil.url, counted) as url:
        settings.BLOCKCHAIN_NODE_URLS = [url]
        caches_clear()
        (event,) = ask("?limit=1")["events"]
        assert receipts == [event["tx_hash"]]
        receipts.clear()
        with altered(ChainEvent.objects.filter(sequence=2), timestamp=1):
            ask("?limit=1")
        assert sorted(receipts) == sorted(set(ChainEvent.objects.values_list("tx_hash", flat=True)))


def test_verdict_and_trail__any_history__each_payload_is_hashed_once(
    ask: Callable[[str], Trail], waiting: IssueReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[bytes] = []
    real = hashing.data_hash

    def counted(*, salt: bytes, payload: dict[str, Any]) -> bytes:
        hashed.append(salt)
        return real(salt=salt, payload=payload)

    monkeypatch.setattr(hashing, "data_hash", counted)
    payloads = Write.objects.exclude(payload=None).count()
    assert verdict_of(Complaint.objects.get(pk=waiting.complaint_id)).verified
    assert (len(hashed), len(set(hashed))) == (payloads, payloads)
    hashed.clear()
    ask("")
    assert (len(hashed), len(set(hashed))) == (payloads, payloads)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/reports/", 13),
        ("/api/blockchain/reports/{}/audit-trail/", 9),
        ("/api/blockchain/reports/{}/status/", 10),
    ],
)
def test_get__longer_history__no_more_queries(
    chain: Chain,
    lived: IssueReport,
    staff: User,
    complainant_client: APIClient,
    django_assert_max_num_queries: Any,
    path: str,
    most: int,
) -> None:
    services.report_update(report_id=lived.pk, by=staff, status="in_progress")
    for number in range(30):
        services.comment_create(report_id=lived.pk, author=staff, text=str(number))
    land(chain)
    with django_assert_max_num_queries(most):
        assert complainant_client.get(path.format(lived.tracking_id)).status_code == 200


def test_saved_trail__answers_of_a_long_one__are_proved_together_in_any_order(
    ask: Callable[[str], Trail], chain: Chain
) -> None:
    answers = list(pages(ask))
    assert trail_verdict(chain, *answers)["verdict"] == "PROVED"
    assert trail_verdict(chain, *reversed(answers))["verdict"] == "PROVED"
    assert trail_verdict(chain, answers[0])["verdict"] == "UNKNOWN"
