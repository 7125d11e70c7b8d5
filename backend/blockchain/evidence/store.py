"""The store of evidence files: a folder, or a Kubo node. Both name a file by the same CID.

A new kind of store needs one file here and a setting.

Decision: while the store is down, uploads are refused (`EvidenceStoreUnavailable`, 503 in the API), and neither a row
nor a write is kept. The client still has the file and can send it again.
"""

import functools
from typing import BinaryIO, Protocol

from blockchain.common.backends import backend_new, forgotten_with_settings
from blockchain.conf import settings
from blockchain.evidence.cid import Digest
from blockchain.evidence.opened import OpenedFile


class EvidenceStore(Protocol):
    """A content-addressed store. All methods raise `EvidenceError`s, and use constant memory."""

    def put(self, stream: BinaryIO) -> Digest:
        """Stores the rest of the stream durably. Storing the same bytes again changes nothing."""

    def open(self, cid: str) -> OpenedFile:
        """The file, verified. Raises `EvidenceMissing`, `EvidenceCorrupt` or `EvidenceStoreUnavailable`."""

    def check(self) -> None:
        """Raises `EvidenceStoreUnavailable` if the store would currently refuse a file."""


@functools.cache
def evidence_store() -> EvidenceStore:
    """The store of `EVIDENCE_STORE`. Raises `EvidenceStoreUnavailable`, naming the setting, if a setting is invalid."""
    found: EvidenceStore = backend_new(settings.EVIDENCE_STORE, setting="EVIDENCE_STORE")
    return found


forgotten_with_settings(evidence_store.cache_clear)
