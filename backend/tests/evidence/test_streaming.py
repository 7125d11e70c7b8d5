"""Large files: constant memory, and a clean refusal over a real connection."""

import io
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from rest_framework_simplejwt.tokens import AccessToken

from blockchain.evidence.kubo import KuboStore
from blockchain.evidence.local import LocalStore
from blockchain.models import EvidenceFile
from report.models import IssueReport
from tests.evidence.test_upload import url_of

MEBIBYTE = 1024 * 1024
BOUNDARY = "boundary-of-the-test"


class Zeros(io.RawIOBase):
    """A file that is larger than what it takes in memory."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else self._left, self._left)
        self._left -= size
        return bytes(size)


def form(size: int) -> Iterator[bytes]:
    """A form with one file of `size` zeros, piece by piece."""
    yield (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="zeros"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    for start in range(0, size, MEBIBYTE):
        yield bytes(min(MEBIBYTE, size - start))
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def post(url: str, report: IssueReport, size: int) -> requests.Response:
    headers = {
        "Authorization": f"Bearer {AccessToken.for_user(report.user)}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }

    class Body:
        """Read as a file, so that the length is sent."""

        def __init__(self) -> None:
            self._pieces = form(size)

        def __len__(self) -> int:
            return sum(map(len, form(size)))

        def __iter__(self) -> Iterator[bytes]:
            return self._pieces

        def read(self, _: int = -1) -> bytes:
            return next(self._pieces, b"")

    return requests.post(url, data=Body(), headers=headers, timeout=60)  # type: ignore[arg-type]


def test_put__100_mebibytes_into_the_folder__constant_memory(local_store: LocalStore) -> None:
    tracemalloc.start()
    try:
        digest = local_store.put(Zeros(100 * MEBIBYTE))  # type: ignore[arg-type]
        local_store.open(digest.cid).stream.close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert digest.size == 100 * MEBIBYTE
    assert peak < 8 * MEBIBYTE


def test_put__12_mebibytes_into_ipfs__constant_memory(kubo_store: KuboStore) -> None:
    tracemalloc.start()
    try:
        digest = kubo_store.put(Zeros(12 * MEBIBYTE))  # type: ignore[arg-type]
        kubo_store.open(digest.cid).stream.close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEBIBYTE


@pytest.mark.django_db(transaction=True)
def test_upload__over_a_real_connection__stored(live_server: Any, report: IssueReport) -> None:
    response = post(live_server.url + url_of(report), report, 20 * MEBIBYTE)
    assert response.status_code == 202, response.text
    assert response.json()["size"] == 20 * MEBIBYTE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("excess", [1, MEBIBYTE])
def test_upload__too_large_over_a_real_connection__413_is_read_by_the_client(
    live_server: Any, report: IssueReport, settings: Any, excess: int
) -> None:
    settings.EVIDENCE_MAX_BYTES = 2 * MEBIBYTE
    started = time.monotonic()
    response = post(live_server.url + url_of(report), report, settings.EVIDENCE_MAX_BYTES + excess)
    assert response.status_code == 413
    assert response.headers["Content-Type"] == "application/problem+json"
    assert time.monotonic() - started < 10
    assert not EvidenceFile.objects.exists()
