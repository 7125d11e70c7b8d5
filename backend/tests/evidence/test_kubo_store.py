"""An IPFS node over its RPC: what it says is compared, never believed."""

import base64
import io
import time
from pathlib import Path

import pytest

from blockchain.evidence.cid import digest_of
from blockchain.evidence.errors import EvidenceCorrupt, EvidenceError, EvidenceMissing, EvidenceStoreUnavailable
from blockchain.evidence.kubo import KuboStore
from tests.evidence.conftest import MAX_BYTES
from tests.ipfs.node import IpfsNode

DATA = b"evidence " * 100_000


def store_at(url: str, *, auth: str = "", timeout: float = 10) -> KuboStore:
    return KuboStore(url=url, auth=auth, timeout=timeout, max_bytes=MAX_BYTES)


def test_put_then_open__same_bytes(kubo_store: KuboStore) -> None:
    digest = kubo_store.put(io.BytesIO(DATA))
    opened = kubo_store.open(digest.cid)
    with opened.stream as stream:
        assert stream.read() == DATA
    assert opened.digest == digest


def test_check__node_up__passes(kubo_store: KuboStore) -> None:
    kubo_store.check()


@pytest.mark.parametrize("fault", ["wrong-cid", "no-hash", "moved", "broken"])
def test_put__node_with_a_fault__unavailable(ipfs_node: IpfsNode, fault: str) -> None:
    with pytest.raises(EvidenceStoreUnavailable):
        store_at(ipfs_node.faulty(fault)).put(io.BytesIO(DATA))


@pytest.mark.parametrize("fault", ["cut", "flipped"])
def test_open__not_the_file_with_status_200__corrupt(ipfs_node: IpfsNode, kubo_store: KuboStore, fault: str) -> None:
    digest = kubo_store.put(io.BytesIO(DATA))
    with pytest.raises(EvidenceCorrupt):
        store_at(ipfs_node.faulty(fault)).open(digest.cid)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("stream-error", "failed at the end of the upload"),
        ("unpinned", r"refuses pin/ls \(status 500\)"),
        ("no-keys", "did not pin the file"),
    ],
)
def test_put__right_cid_and_not_kept__unavailable(ipfs_node: IpfsNode, fault: str, message: str) -> None:
    with pytest.raises(EvidenceStoreUnavailable, match=message):
        store_at(ipfs_node.faulty(fault)).put(io.BytesIO(f"not kept: {fault}".encode()))


def test_open__redirect__not_followed(ipfs_node: IpfsNode, kubo_store: KuboStore) -> None:
    digest = kubo_store.put(io.BytesIO(DATA))
    with pytest.raises(EvidenceStoreUnavailable, match="status 307"):
        store_at(ipfs_node.faulty("moved")).open(digest.cid)


def test_open__unknown__missing(kubo_store: KuboStore) -> None:
    with pytest.raises(EvidenceMissing):
        kubo_store.open(digest_of(io.BytesIO(b"never stored")).cid)


def test_open__no_cid__not_asked_for() -> None:
    with pytest.raises(EvidenceMissing):
        store_at("http://127.0.0.1:1").open("../../etc/passwd")


def test_open__larger_than_evidence_can_be__read_no_further(ipfs_node: IpfsNode, kubo_store: KuboStore) -> None:
    digest = kubo_store.put(io.BytesIO(DATA))
    with pytest.raises(EvidenceCorrupt):
        KuboStore(url=ipfs_node.url, timeout=10, max_bytes=1000).open(digest.cid)


def test_any__node_down__unavailable_at_once() -> None:
    store = store_at("http://127.0.0.1:1")
    started = time.monotonic()
    with pytest.raises(EvidenceStoreUnavailable):
        store.put(io.BytesIO(DATA))
    with pytest.raises(EvidenceStoreUnavailable):
        store.check()
    assert time.monotonic() - started < 2


def test_put__node_slow__unavailable_after_the_timeout(ipfs_node: IpfsNode) -> None:
    with pytest.raises(EvidenceStoreUnavailable):
        store_at(ipfs_node.faulty("slow"), timeout=0.3).put(io.BytesIO(DATA))


@pytest.mark.parametrize("fault", ["dripping", "dripping-chunk"])
def test_open__node_that_drips__unavailable_after_a_while(
    ipfs_node: IpfsNode, kubo_store: KuboStore, fault: str
) -> None:
    digest = kubo_store.put(io.BytesIO(DATA))
    started = time.monotonic()
    with pytest.raises(EvidenceError):
        store_at(ipfs_node.faulty(fault), timeout=0.2).open(digest.cid)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ("basic:project:se:cret", "Basic " + base64.b64encode(b"project:se:cret").decode()),
        ("bearer:token-0123456789", "Bearer token-0123456789"),
    ],
)
def test_put__node_wants_a_login__sent(tmp_path: Path, auth: str, header: str) -> None:
    node = IpfsNode(tmp_path / "ipfs", authorization=header)
    try:
        store = store_at(node.url, auth=auth)
        store.open(store.put(io.BytesIO(DATA)).cid).stream.close()
        with pytest.raises(EvidenceStoreUnavailable, match="status 403") as refused:
            store_at(node.url, auth="bearer:wrong").put(io.BytesIO(DATA))
        assert node.url not in str(refused.value)
    finally:
        node.stop()


@pytest.mark.parametrize("auth", ["nonsense", "basic:only-a-user", "bearer:", "digest:a:b"])
def test_init__auth_of_unknown_form__refused_without_repeating_it(auth: str) -> None:
    with pytest.raises(EvidenceStoreUnavailable, match="IPFS_API_AUTH") as refused:
        store_at("http://127.0.0.1:1", auth=auth)
    assert "only-a-user" not in str(refused.value)


@pytest.mark.parametrize("url", ["ftp://host", "host:5001", "file:///etc/passwd"])
def test_init__url_of_unknown_form__refused(url: str) -> None:
    with pytest.raises(EvidenceStoreUnavailable, match="IPFS_API_URL"):
        store_at(url)
