"""Evidence stores for tests: a folder, and a real IPFS node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blockchain.evidence.kubo import KuboStore
from blockchain.evidence.local import LocalStore
from blockchain.evidence.store import evidence_store
from tests.ipfs.node import IpfsNode

MAX_BYTES = 64 * 1024 * 1024


@pytest.fixture(autouse=True)
def evidence_root(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Each test has a folder of its own for evidence."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    evidence_store.cache_clear()
    yield settings.EVIDENCE_ROOT
    evidence_store.cache_clear()


@pytest.fixture
def local_store(evidence_root: Path) -> LocalStore:
    return LocalStore(root=evidence_root)


@pytest.fixture(scope="session")
def ipfs_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IpfsNode]:
    node = IpfsNode(tmp_path_factory.mktemp("ipfs"))
    yield node
    node.stop()


@pytest.fixture
def kubo_store(ipfs_node: IpfsNode) -> KuboStore:
    return KuboStore(url=ipfs_node.url, timeout=60, max_bytes=MAX_BYTES)
