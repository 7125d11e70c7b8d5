"""`/api/blockchain/statistics/` and `/statistics/`: what they count, and that they notice what is missing."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client

from blockchain.indexer.sync import events_sync
from blockchain.models import ChainEvent, ChainState, Complaint
from blockchain.protocol.kinds import EventType
from blockchain.statistics import published
from tests.chain_fixtures import Chain, caches_clear
from tests.indexer.conftest import Filing, mined
from tests.indexer.test_reorg import reorged
from tests.statistics.conftest import counted_by_hand, counted_from_the_chain, lived

API, PAGE = "/api/blockchain/statistics/", "/statistics/"


def figures(client: Client) -> dict[str, Any]:
    """The figures, counted now."""
    caches["shared"].clear()
    answer = client.get(API)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def table_of(page: str, caption: str) -> list[list[str]]:
    """The cells of the page's table with this caption, row by row."""
    (table,) = [each for each in re.findall(r"<table>.*?</table>", page, re.DOTALL) if caption in each]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in rows]


@pytest.mark.parametrize("seed", range(3))
def test_statistics__random_life__page_verifier_and_raw_logs_agree(
    chain: Chain, file: Filing, client: Client, seed: int
) -> None:
    lived(chain, file, seed=seed)
    ours, by_verifier, by_hand = figures(client), counted_from_the_chain(chain), counted_by_hand(chain)
    assert ours.pop("completeness") == {"verdict": "complete", "reason": ""}
    # It follows from the proof of the contract's code, which the backend does not ask for.
    assert by_verifier.pop("version") == "2.0.0"
    assert ours == by_verifier
    assert {name: ours[name] for name in by_hand} == by_hand
    assert ours["filed"] > 3
    assert len(ours["months"]) > 2
    page = client.get(PAGE).content.decode()
    head, *rows = table_of(page, "Entries recorded")
    assert [row[0] for row in rows] == sorted(ours["months"], reverse=True)
    for month, *numbers in rows:
        counts, missed = ours["months"][month], ours["months"][month]["missed"]
        told = {**{k.capitalize(): v for k, v in counts.items() if k != "missed"}}
        told |= {f"Missed, level {level}": missed.get(level, 0) for level in "123" if f"Missed, level {level}" in head}
        assert dict(zip(head[1:], map(int, numbers), strict=True)) == told
    by_status = dict(zip(*table_of(page, "by status"), strict=True))
    assert by_status.pop("Filed") == str(ours["filed"])
    assert by_status == {name.lower().replace("_", " "): str(n) for name, n in ours["statuses"].items()}
    if ours["overdue"]:
        levels, numbers = table_of(page, "past a deadline")
        assert dict(zip(levels, numbers, strict=True)) == {f"Level {k}": str(n) for k, n in ours["overdue"].items()}


def test_statistics__filing_missing_in_the_database__not_complete(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    assert figures(client)["completeness"]["verdict"] == "complete"
    gone = filed[0].complaint_id
    ChainEvent.objects.filter(complaint_id=gone).delete()
    ChainState.objects.filter(complaint_id=gone).delete()
    found = figures(client)
    assert found["completeness"] == {
        "verdict": "not-complete",
        "reason": "The contract has 3 filings, and 2 were read.",
    }
    page = client.get(PAGE).content.decode()
    assert "Not complete." in page
    assert "The contract has 3 filings, and 2 were read." in page


def test_statistics__filing_exchanged_in_the_database__not_complete(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    old, new = filed[0].complaint_id, "0x" + "ab" * 32
    ChainEvent.objects.filter(complaint_id=old).update(complaint_id=new)
    ChainState.objects.filter(complaint_id=old).update(complaint_id=new)
    assert figures(client)["completeness"] == {
        "verdict": "not-complete",
        "reason": "The filings that were read are not those of the contract.",
    }


def test_statistics__other_link_missing_in_the_database__not_complete(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    ChainEvent.objects.filter(event_type=EventType.RESOLVED).delete()
    assert figures(client)["completeness"]["verdict"] == "not-complete"


def test_statistics__links_not_compared_with_the_contract__says_so(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    ChainState.objects.filter(complaint_id=filed[2].complaint_id).update(agrees=False)
    assert figures(client)["completeness"] == {
        "verdict": "not-compared",
        "reason": "Complaints whose entries were not compared with the contract: 1.",
    }


def test_statistics__node_counts_the_logs_of_each_transaction__not_compared(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    first, second, third = ChainEvent.objects.filter(event_type=EventType.CREATED).order_by("log_index")
    # As if the second and the third had come in a transaction of their own.
    for event, log_index in ((first, 1), (second, 0), (third, 1)):
        ChainEvent.objects.filter(pk=event.pk).update(log_index=log_index)
    assert figures(client)["completeness"] == {
        "verdict": "not-compared",
        "reason": "The node that told the events does not tell their order in a block.",
    }


def test_statistics__node_down__counted_and_said_not_to_be_compared(
    chain: Chain, client: Client, filed: list[Complaint], settings: Any
) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:9"]
    caches_clear()
    found = figures(client)
    assert found["completeness"]["verdict"] == "not-compared"
    assert (found["filed"], found["block"]["time"], found["overdue"]) == (3, None, None)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Could not be compared with the contract." in page.content.decode()
    assert "127.0.0.1:9" not in page.content.decode()


def test_statistics__block_not_on_the_chain_any_more__not_compared(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    published_before = figures(client)
    reorged(chain, 1)
    found = figures(client)
    assert found["completeness"]["verdict"] == "not-compared"
    assert found["filed"] == published_before["filed"]


def test_statistics__nothing_read_yet__503_with_the_reason(chain: Chain, client: Client, db: None) -> None:
    answer = client.get(API)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "are being read" in answer.json()["detail"]
    page = client.get(PAGE)
    assert (page.status_code, page["Cache-Control"]) == (503, "no-store")
    assert "are being read" in page.content.decode()


def test_statistics__no_filing_yet__complete_and_empty(chain: Chain, client: Client, db: None) -> None:
    events_sync(registry=chain.registry)
    found = figures(client)
    assert (found["completeness"]["verdict"], found["filed"], found["months"]) == ("complete", 0, {})
    assert client.get(PAGE).status_code == 200


def test_statistics__asked_again_for_the_same_block__counts_once(
    chain: Chain, client: Client, filed: list[Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[str] = []
    count = published._figures

    def counted(*arguments: Any) -> Any:
        counts.append(arguments[1].block_hash)
        return count(*arguments)

    monkeypatch.setattr(published, "_figures", counted)
    first = client.get(API)
    assert first["Cache-Control"] == "public, max-age=60"
    assert client.get(PAGE)["Cache-Control"] == "public, max-age=60"
    # A minute later
    caches["shared"].delete(published.KEY)
    assert client.get(API).json() == first.json()
    assert len(counts) == 1
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    assert client.get(API).json() == first.json()
    caches["shared"].delete(published.KEY)
    assert client.get(API).json()["block"] != first.json()["block"]
    assert len(counts) == 2


def test_statistics__asked_of_another_worker__the_same_block_for_a_minute(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    first = figures(client)
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    # Another process has nothing of what this one keeps for itself.
    cache.clear()
    assert client.get(API).json() == first
    assert f"block {first['block']['number']}" in client.get(PAGE).content.decode()


def test_statistics__two_workers_count_at_once__the_first_to_finish_is_published_by_both(
    chain: Chain, client: Client, filed: list[Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    count, others = published._figures, []

    def overtaken(*arguments: Any) -> Any:
        found = count(*arguments)
        others.append(found | {"filed": 77})
        caches["shared"].add(published.KEY, {"figures": others[0], "max_age": 60}, 60)
        return found

    monkeypatch.setattr(published, "_figures", overtaken)
    assert client.get(API).json()["filed"] == 77
    assert client.get(API).json()["filed"] == 77
    assert len(others) == 1


def test_statistics__cache_out_of_reach_or_of_this_process_only__still_counted(
    chain: Chain, client: Client, filed: list[Complaint], settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    caching = {each: dict(options) for each, options in settings.CACHES.items()}
    caching["shared"]["LOCATION"] = str(tmp_path / "file" / "cache")
    settings.CACHES = caching
    assert client.get(API).json()["filed"] == 3
    settings.CACHES = {"default": settings.CACHES["default"]}
    assert client.get(API).json()["filed"] == 3
    assert cache.get(published.KEY) is not None


def test_statistics__indexer_moves_on_while_rows_are_counted__counts_again(
    chain: Chain, client: Client, file: Filing, filed: list[Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    count, moved = published._figures, []

    def moving(*arguments: Any) -> Any:
        found = count(*arguments)
        if not moved:
            moved.append(file())
            mined(chain)
            events_sync(registry=chain.registry)
        return found

    monkeypatch.setattr(published, "_figures", moving)
    found = figures(client)
    assert (found["filed"], found["completeness"]["verdict"]) == (4, "complete")


def test_statistics__anybody_with_any_token__gets_the_same(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    answer = client.get(API, headers={"Authorization": "Bearer nonsense"})
    assert answer.json() == client.get(API).json()


def test_page__policy__allows_its_own_style_and_nothing_else(
    chain: Chain, client: Client, filed: list[Complaint]
) -> None:
    page = client.get(PAGE)
    text = page.content.decode()
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; "
        r"frame-ancestors 'none'",
        page["Content-Security-Policy"],
    )
    assert "<script" not in text
    assert " style=" not in text
    assert "<rect" in text
    for complaint in filed:
        assert complaint.complaint_id not in text
        assert complaint.external_id not in text
    assert client.post(PAGE).status_code == 405
