"""Where evidence files live: a folder, or a Kubo node. Both name a file by the same CID.

Decision: when the store is down, an upload is refused (`EvidenceStoreUnavailable`, 503 in the API) and nothing is
kept, neither row nor write for the chain. The client still has the file and sends it again.
"""

import functools
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from django.conf import settings

from blockchain.evidence.cid import Digest


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file that was hashed and found to be what its CID says; `stream` stands at its start. Close the stream."""

    stream: BinaryIO
    digest: Digest


class EvidenceStore(Protocol):
    """A content-addressed store. All methods raise `EvidenceError`s, and use constant memory."""

    def put(self, stream: BinaryIO) -> Digest:
        """Stores the rest of the stream durably. Storing the same bytes again changes nothing."""

    def open(self, cid: str) -> OpenedFile:
        """The file, verified. Raises `EvidenceMissing`, `EvidenceCorrupt` or `EvidenceStoreUnavailable`."""

    def check(self) -> None:
        """Raises `EvidenceStoreUnavailable` if the store would not take a file now."""


@functools.cache
def evidence_store() -> EvidenceStore:
    """The store of the settings: Kubo by `IPFS_API_URL`, else the folder `EVIDENCE_ROOT`.

    Raises `EvidenceStoreUnavailable`, naming the setting, if a setting is not of its form.
    """
    from blockchain.evidence.kubo import KuboStore
    from blockchain.evidence.local import LocalStore

    if settings.IPFS_API_URL:
        return KuboStore(
            url=settings.IPFS_API_URL,
            auth=settings.IPFS_API_AUTH,
            timeout=settings.IPFS_API_TIMEOUT,
            max_bytes=settings.EVIDENCE_MAX_BYTES,
        )
    return LocalStore(root=settings.EVIDENCE_ROOT, reserve_bytes=settings.EVIDENCE_MAX_BYTES)
