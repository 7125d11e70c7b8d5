"""Evidence: a full disk, a client that goes away, the same file twice at once. Faults of IPFS: `tests/evidence`."""

import io
import os
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from blockchain.evidence.errors import EvidenceStoreUnavailable
from blockchain.evidence.services import evidence_upload
from blockchain.evidence.store import evidence_store
from blockchain.models import EvidenceFile, Write
from blockchain.protocol.kinds import EventType
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Recovery
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

PHOTO = os.urandom(3 * 1024 * 1024)


@pytest.fixture(autouse=True)
def evidence_root(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Each test has a folder of its own for evidence, and one for what is being uploaded."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "incoming")
    (tmp_path / "incoming").mkdir()
    evidence_store.cache_clear()
    yield settings.EVIDENCE_ROOT
    evidence_store.cache_clear()


@pytest.fixture
def filed(transactional_db: None, complainant: User) -> IssueReport:
    return services.report_create(user=complainant, **FILED)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def requests_served() -> int:
    """Requests that the live server is at work on: it has a thread for each."""
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def upload(report: IssueReport, by: User) -> tuple[EvidenceFile, bool]:
    return evidence_upload(
        complaint=report.complaint,
        user=by,
        by=str(by.opaque_id),
        stream=io.BytesIO(PHOTO),
        size=len(PHOTO),
        name="photo.jpg",
        media_type="image/jpeg",
    )


def test_evidence_upload__disk_full__refused_and_nothing_kept_then_taken(
    chain: Chain, recover: Recovery, filed: IssueReport, complainant: User, evidence_root: Path
) -> None:
    # In a process of its own, that may write no file of more than a mebibyte: the disk's answer comes in mid-file.
    connection.close()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, 1024 * 1024))
            upload(filed, complainant)
        except EvidenceStoreUnavailable:
            code = 42
        finally:
            os._exit(code)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 42
    assert files_below(evidence_root) == []
    assert not EvidenceFile.objects.exists()
    assert upload(filed, complainant)[1]
    recover()
    assert_everything_recorded_once(chain)


def test_evidence_upload__same_file_twice_at_once__one_record_and_one_anchor(
    chain: Chain, recover: Recovery, filed: IssueReport, complainant: User, evidence_root: Path
) -> None:
    together, made, errors = threading.Barrier(4), [], []

    def run() -> None:
        try:
            together.wait()
            made.append(upload(filed, complainant)[1])
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(made) == [False, False, False, True]
    assert len(files_below(evidence_root)) == 1
    assert Write.objects.filter(event_type=EventType.EVIDENCE_ANCHORED).count() == 1
    recover()
    assert_everything_recorded_once(chain)


def test_upload__client_goes_away_half_way__nothing_kept(
    chain: Chain, recover: Recovery, live_server: Any, filed: IssueReport, complainant: User, evidence_root: Path
) -> None:
    host = urlsplit(live_server.url)
    head = (
        f"POST /api/blockchain/reports/{filed.tracking_id}/evidence/ HTTP/1.1\r\n"
        f"Host: {host.netloc}\r\n"
        f"Authorization: Bearer {AccessToken.for_user(complainant)}\r\n"
        "Content-Type: multipart/form-data; boundary=part\r\n"
        f"Content-Length: {len(PHOTO) + 1000}\r\n\r\n"
        '--part\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    )
    with socket.create_connection((host.hostname, host.port)) as client:
        client.sendall(head.encode() + PHOTO[: len(PHOTO) // 2])
        wait_until(lambda: requests_served() > 0, what="the upload is under way")
    wait_until(lambda: requests_served() == 0, what="the server has given up")
    assert files_below(evidence_root.parent) == []
    assert not EvidenceFile.objects.exists()
    recover()
    assert_everything_recorded_once(chain)
