"""Takes evidence in: stored first, then recorded in one transaction."""

from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from accounts.models import User
from blockchain.commitments import hashing
from blockchain.evidence.cid import CID_PARAMETERS
from blockchain.evidence.errors import EvidenceEmpty, EvidenceTooLarge
from blockchain.evidence.labels import media_type_clean, name_clean
from blockchain.evidence.store import evidence_store
from blockchain.models import EvidenceHash
from report import lifecycle
from report.models import IssueReport
from report.services import report_lock


def evidence_upload(
    *,
    report: IssueReport,
    by: User,
    stream: BinaryIO,
    size: int,
    name: str,
    media_type: str,
) -> tuple[EvidenceHash, bool]:
    """Stores a file and records it with its write for the chain; returns the record, and whether it is new.

    The same bytes for the same report return the record that there is. `size` is that of the stream, in bytes.
    Raises `EvidenceEmpty`, `EvidenceTooLarge`, `EvidenceStoreUnavailable`, `TransitionRefused` (closed report); then
    nothing is recorded. A file that was stored before its report was closed may stay in the store, unnamed.
    """
    if size == 0:
        raise EvidenceEmpty("the file is empty")
    if size > settings.EVIDENCE_MAX_BYTES:
        raise EvidenceTooLarge(f"the file is larger than {settings.EVIDENCE_MAX_BYTES} bytes")
    # Again below, under the lock; here to store nothing in vain.
    lifecycle.require_not_closed(status=report.status, action="given evidence")
    stored = evidence_store().put(stream)
    with transaction.atomic():
        locked = report_lock(report_id=report.pk)
        known = EvidenceHash.objects.filter(report=locked, file_hash=stored.sha256.hex()).first()
        if known is not None:
            return known, False
        lifecycle.require_not_closed(status=locked.status, action="given evidence")
        salt = hashing.salt_new()
        commitment = hashing.evidence_hash(salt=salt, sha256=stored.sha256, cid=stored.cid)
        evidence = EvidenceHash.objects.create(
            report=locked,
            uploaded_by=by,
            ipfs_cid=stored.cid,
            cid_parameters=CID_PARAMETERS,
            file_hash=stored.sha256.hex(),
            salt=hashing.hex0x(salt),
            evidence_hash=hashing.hex0x(commitment),
            size=stored.size,
            media_type=media_type_clean(media_type),
            name=name_clean(name),
        )
    return evidence, True
