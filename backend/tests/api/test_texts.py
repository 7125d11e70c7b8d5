"""Texts that look like others, or like nothing, are refused in every field that people write."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.common.text import DIRECTION, is_seen
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.fixtures.reports import FILED

REPORTS = "/api/reports/"
UNSEEN = [
    "\u200b",
    "\u2060\u200d",
    "\u3164",
    "\u2800\u2800",
    "\u00ad",
    "\ufe0f",
    "\U000e0041",
    "\u115f \u00a0",
    "\u034f",
]
SEEN = [
    "\u0646\u0627\u0645\u0647\u200c\u0647\u0627",
    "\U0001f469\u200d\U0001f4bb",
    "\u05e9\u05dc\u05d5\u05dd\u200f!",
    "e\u0301",
    "?",
    "5",
]


@pytest.mark.parametrize("field", FILED)
@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_filing__text_that_shows_nothing__400(complainant_client, field, text):
    assert_problem(complainant_client.post(REPORTS, FILED | {field: text}, format="json"), 400, field)


@pytest.mark.parametrize("field", FILED)
@pytest.mark.parametrize("mark", sorted(DIRECTION), ids=ascii)
def test_filing__mark_that_turns_the_direction__400(complainant_client, field, mark):
    body = FILED | {field: f"invoice{mark}gpj.exe"}
    assert_problem(complainant_client.post(REPORTS, body, format="json"), 400, field)
    assert not IssueReport.objects.exists()


@pytest.mark.parametrize("text", [*UNSEEN, "a\u202eb"], ids=ascii)
def test_comment__text_that_shows_nothing_or_is_turned__400(report, complainant_client, text):
    url = f"{REPORTS}{report.tracking_id}/comments/"
    assert_problem(complainant_client.post(url, {"text": text}, format="json"), 400, "text")


@pytest.mark.parametrize("text", SEEN, ids=ascii)
def test_filing__text_of_any_language__is_kept_as_it_was_sent(complainant_client, text):
    response = complainant_client.post(REPORTS, FILED | {"issue_title": text}, format="json")
    assert (response.status_code, response.json()["issue_title"]) == (201, text)


@given(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u115f\u1160\u2800\u3164\uffa0"))
def test_is_seen__letters_numbers_and_signs__are(character):
    assert is_seen(character)


@given(st.characters(categories=["C", "Z", "M"]))
def test_is_seen__what_only_changes_others_or_is_nothing__is_not(character):
    assert not is_seen(character), unicodedata.name(character, "")


def test_ids__comments_and_evidence__tell_nothing_of_their_number(report, complainant_client):
    url = f"{REPORTS}{report.tracking_id}/comments/"
    ids = [complainant_client.post(url, {"text": "x"}, format="json").json()["id"] for _ in range(3)]
    assert all(len(each) == 36 and each[14] == "4" for each in ids)
    assert [row["id"] for row in complainant_client.get(url).json()["results"]] == ids
