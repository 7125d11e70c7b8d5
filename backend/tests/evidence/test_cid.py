"""CIDs computed here against those of the reference importer."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.evidence.cid import READ_BYTES, digest_of, is_cid
from blockchain.evidence.kubo import KuboStore
from tests.ipfs.node import IpfsNode

CHUNK = 256 * 1024
LINKS = 174
SIZES = [1, 31, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 7, READ_BYTES, READ_BYTES + 1]
DEEP_SIZES = [CHUNK * LINKS - 1, CHUNK * LINKS, CHUNK * LINKS + 1]


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(f"{size} {seed}").randbytes(size)


@pytest.mark.parametrize("size", SIZES + DEEP_SIZES)
def test_put__at_a_chunk_boundary__reference_importer_gives_our_cid(kubo_store: KuboStore, size: int) -> None:
    data = content(size)
    # `put` compares the node's CID with ours, and raises if they differ.
    assert kubo_store.put(io.BytesIO(data)) == digest_of(io.BytesIO(data))


@given(size=st.integers(min_value=1, max_value=3 * CHUNK), seed=st.integers())
@settings(max_examples=25, deadline=None)
def test_put__of_any_size__reference_importer_gives_our_cid(ipfs_node: IpfsNode, size: int, seed: int) -> None:
    store = KuboStore(url=ipfs_node.url, timeout=60, max_bytes=4 * CHUNK)
    digest = store.put(io.BytesIO(content(size, seed)))
    assert digest.size == size
    assert is_cid(digest.cid)


def test_digest_of__known_file__is_the_cid_that_kubo_gives() -> None:
    # `printf 'hello world' | ipfs add --cid-version=1 --only-hash`
    digest = digest_of(io.BytesIO(b"hello world"))
    assert digest.cid == "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    assert digest.sha256.hex() == "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../../etc/passwd",
        "bafkrei",
        "QmZ4tDuvesekSs4qM5ZBKpXiZGun7S2CYtEZRB3DYXkjGx",
        "bafkrei" + "/" * 52,
        "x" * 59,
    ],
)
def test_is_cid__something_else__false(text: str) -> None:
    assert not is_cid(text)
