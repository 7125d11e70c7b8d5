"""Parts of an evidence file, and its entity tag: only of what was verified."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from blockchain.evidence.kubo import KuboStore
from blockchain.evidence.store import evidence_store
from report.models import IssueReport
from tests.api.problems import assert_problem
from tests.evidence.test_content import stored_file
from tests.evidence.test_upload import upload

# Several chunks of the CID's tree, each byte telling where it is.
FILE = b"".join(number.to_bytes(4, "big") for number in range(150_000))
SIZE = len(FILE)


@pytest.fixture(params=["folder", "ipfs"])
def store(request: pytest.FixtureRequest, settings: Any, evidence_root: Path) -> str:
    """Where evidence is kept."""
    if request.param == "ipfs":
        kubo: KuboStore = request.getfixturevalue("kubo_store")
        settings.IPFS_API_URL = kubo._url
        settings.EVIDENCE_STORE = {"BACKEND": "blockchain.evidence.kubo.kubo_store"}
        evidence_store.cache_clear()
    return str(request.param)


@pytest.fixture
def url(complainant_client: APIClient, report: IssueReport) -> str:
    return str(upload(complainant_client, report, data=FILE, name="numbers.bin").json()["ipfs_url"])


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def assert_part(response: HttpResponse, start: int, stop: int) -> None:
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert response["Content-Length"] == str(stop - start)
    assert response["Content-Disposition"].startswith("attachment;")
    assert body_of(response) == FILE[start:stop]


def assert_whole(response: HttpResponse) -> None:
    assert response.status_code == 200
    assert not response.has_header("Content-Range")
    assert body_of(response) == FILE


@pytest.mark.usefixtures("store")
class TestStores:
    """The same from the folder and from IPFS."""

    @pytest.mark.parametrize(
        ("asked", "start", "stop"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=0-", 0, SIZE),
            ("bytes=262143-262144", 262_143, 262_145),
            (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
            (f"bytes=5-{SIZE}", 5, SIZE),
            ("bytes=5-99999999999999999999999999", 5, SIZE),
            ("bytes=-1", SIZE - 1, SIZE),
            (f"bytes=-{SIZE + 1}", 0, SIZE),
            ("BYTES= 1-2 ", 1, 3),
        ],
    )
    def test_content__one_range__206(
        self, complainant_client: APIClient, url: str, asked: str, start: int, stop: int
    ) -> None:
        assert_part(complainant_client.get(url, HTTP_RANGE=asked), start, stop)

    @pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE}", "bytes=-0", f"bytes={'9' * 900}-"])
    def test_content__range_behind_the_end__416(self, complainant_client: APIClient, url: str, asked: str) -> None:
        response = complainant_client.get(url, HTTP_RANGE=asked)
        assert_problem(response, 416)
        assert response["Content-Range"] == f"bytes */{SIZE}"

    @pytest.mark.parametrize(
        "asked",
        [
            "bytes=0-1,5-6",
            "bytes=2-1",
            "bytes=",
            "bytes=-",
            "bytes=x-y",
            "bytes=0x1-2",
            "bytes=--1",
            "bytes=٢-٣",
            "lines=1-2",
            "0-1",
            "",
        ],
    )
    def test_content__several_ranges_or_none__whole(self, complainant_client: APIClient, url: str, asked: str) -> None:
        assert_whole(complainant_client.get(url, HTTP_RANGE=asked))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(start=st.integers(0, 2 * SIZE), length=st.integers(1, 2 * SIZE))
def test_content__any_range__these_bytes(complainant_client: APIClient, url: str, start: int, length: int) -> None:
    response = complainant_client.get(url, HTTP_RANGE=f"bytes={start}-{start + length - 1}")
    if start < SIZE:
        assert_part(response, start, min(start + length, SIZE))
    else:
        assert_problem(response, 416)


def test_content__whole__says_that_it_has_parts_and_what_it_is(complainant_client: APIClient, url: str) -> None:
    response = complainant_client.get(url)
    assert_whole(response)
    assert response["Accept-Ranges"] == "bytes"
    assert complainant_client.get(url, HTTP_RANGE="bytes=1-2")["ETag"] == response["ETag"]


def test_content__head_with_a_range__of_the_whole(complainant_client: APIClient, url: str) -> None:
    response = complainant_client.head(url, HTTP_RANGE="bytes=0-1")
    assert (response.status_code, response["Content-Length"]) == (200, str(SIZE))


@pytest.mark.parametrize(
    ("if_range", "is_part"),
    [("{etag}", True), ("W/{etag}", False), ('"other"', False), ("Wed, 21 Oct 2015 07:28:00 GMT", False), ("", False)],
)
def test_content__if_range__a_part_of_the_same_file_only(
    complainant_client: APIClient, url: str, if_range: str, is_part: bool
) -> None:
    header = if_range.format(etag=complainant_client.get(url)["ETag"])
    response = complainant_client.get(url, HTTP_RANGE="bytes=1-2", HTTP_IF_RANGE=header)
    if is_part:
        assert_part(response, 1, 3)
    else:
        assert_whole(response)


def test_content__client_has_it_already__304_whatever_the_range(complainant_client: APIClient, url: str) -> None:
    etag = complainant_client.get(url)["ETag"]
    response = complainant_client.get(url, HTTP_IF_NONE_MATCH=etag, HTTP_RANGE="bytes=0-1")
    assert (response.status_code, body_of(response), response["ETag"]) == (304, b"", etag)
    assert_whole(complainant_client.get(url, HTTP_IF_NONE_MATCH='"other"'))


def test_content__if_match_of_another_file__412(complainant_client: APIClient, url: str) -> None:
    assert_problem(complainant_client.get(url, HTTP_IF_MATCH='"other"'), 412)
    assert_whole(complainant_client.get(url, HTTP_IF_MATCH=complainant_client.get(url)["ETag"]))


@pytest.mark.parametrize("position", [0, SIZE - 1])
@pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=300000-300001", f"bytes={SIZE}-"])
def test_content__one_bit_flipped_in_the_store__no_part_of_it_is_sent(
    complainant_client: APIClient, url: str, evidence_root: Path, position: int, asked: str
) -> None:
    flipped = bytearray(FILE)
    flipped[position] ^= 1
    stored_file(evidence_root).write_bytes(flipped)
    assert_problem(complainant_client.get(url, HTTP_RANGE=asked), 500)


def test_content__somebody_elses_and_the_right_tag__404(
    complainant_client: APIClient, other_complainant_client: APIClient, url: str
) -> None:
    etag = complainant_client.get(url)["ETag"]
    assert_problem(other_complainant_client.get(url, HTTP_IF_NONE_MATCH=etag), 404)
    assert_problem(other_complainant_client.get(url, HTTP_RANGE="bytes=0-1"), 404)
