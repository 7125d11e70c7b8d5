"""Accepts evidence: stores the file first, then records it in one transaction."""

from typing import Any, BinaryIO

from blockchain import acceptance, recording
from blockchain.common.retry import atomic_retried
from blockchain.conf import settings
from blockchain.evidence.cid import CID_PARAMETERS, digest_of
from blockchain.evidence.errors import EvidenceEmpty, EvidenceTooLarge
from blockchain.evidence.labels import media_type_clean, name_clean
from blockchain.evidence.store import evidence_store
from blockchain.models import Complaint, EvidenceFile, Write
from blockchain.protocol.kinds import EventType


def evidence_upload(
    *,
    complaint: Complaint,
    user: Any,
    by: str,
    caused_by: str = "",
    stream: BinaryIO,
    size: int,
    name: str,
    media_type: str,
    dedupe_key: str | None = None,
) -> tuple[EvidenceFile, bool]:
    """Stores a file and records it; returns the record, and whether it is new.

    If the complaint already has this `dedupe_key`, returns the earlier record, or raises `EventDiffers` for another
    file. The same bytes for the same complaint also return the existing record, unless its write was given up. `user`
    is the uploader and `by` their opaque id; `size` is the length of the stream in bytes. Raises `EvidenceEmpty`,
    `EvidenceTooLarge`, `EvidenceStoreUnavailable`, or `RecordingRefused` (closed or frozen); then nothing is recorded.
    If the complaint is closed while the file is being stored, the file may stay in the store without a record.
    """
    if size == 0:
        raise EvidenceEmpty("the file is empty")
    if size > settings.EVIDENCE_MAX_BYTES:
        raise EvidenceTooLarge
    # Both are checked again below, under the lock; here too, to avoid storing a file in vain.
    if (earlier := recording.write_before(complaint=complaint, dedupe_key=dedupe_key)) is not None:
        return _uploaded_before(earlier, dedupe_key=dedupe_key, file_hash=digest_of(stream).sha256.hex()), False
    acceptance.require_allowed(complaint=complaint, event_type=EventType.EVIDENCE_ANCHORED)
    stored = evidence_store().put(stream)
    label, kind = name_clean(name), media_type_clean(media_type)
    file_hash = stored.sha256.hex()

    @atomic_retried
    def recorded() -> tuple[EvidenceFile, bool]:
        acceptance.complaint_lock(complaint)
        if (earlier := recording.write_before(complaint=complaint, dedupe_key=dedupe_key)) is not None:
            return _uploaded_before(earlier, dedupe_key=dedupe_key, file_hash=file_hash), False
        known = EvidenceFile.objects.filter(complaint=complaint, file_hash=file_hash).select_related("write").first()
        if known is not None and known.write.given_up is None:
            return known, False
        write = recording.record(
            complaint=complaint,
            event_type=EventType.EVIDENCE_ANCHORED,
            by=by,
            caused_by=caused_by,
            dedupe_key=dedupe_key,
            evidence=recording.File(sha256=file_hash, cid=stored.cid, size=stored.size, media_type=kind, name=label),
        )
        if known is not None:
            # The write that would have anchored it is now a note, so this file is not on the chain.
            known.write, known.media_type, known.name, known.anchored_at = write, kind, label, None
            known.save(update_fields=["write", "media_type", "name", "anchored_at"])
            return known, True
        evidence = EvidenceFile.objects.create(
            complaint=complaint,
            uploaded_by=user,
            ipfs_cid=stored.cid,
            cid_parameters=CID_PARAMETERS,
            file_hash=file_hash,
            size=stored.size,
            media_type=kind,
            name=label,
            write=write,
        )
        return evidence, True

    return recorded()


def _uploaded_before(write: Write, *, dedupe_key: str | None, file_hash: str) -> EvidenceFile:
    evidence = EvidenceFile.objects.filter(write=write).select_related("write").first()
    if evidence is None or evidence.file_hash != file_hash or write.dedupe_key != dedupe_key:
        raise acceptance.EventDiffers
    return evidence
