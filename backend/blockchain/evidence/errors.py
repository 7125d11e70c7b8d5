"""The errors of evidence files. Messages contain no URL, path or token."""

from typing import Any, ClassVar

from blockchain.common.errors import VALIDATION_FAILED, ProblemError, UnavailableError
from blockchain.conf import settings


class EvidenceError(ProblemError):
    """Base of all errors of evidence files."""


class EvidenceStoreUnavailable(UnavailableError, EvidenceError):
    """The store did not accept or return the file: it is down, slow or full, or it refused. Nothing was saved here."""

    public = "The evidence store is unavailable, so nothing was saved or read; please try again later."


class EvidenceBroken(EvidenceError):
    """Base of the errors that no retry can fix."""

    status = 500

    @property
    def detail(self) -> str:
        return "The stored file is missing or is not the one that was uploaded, so it is not sent."


class EvidenceMissing(EvidenceBroken):
    """The store works but does not have the file."""


class EvidenceCorrupt(EvidenceBroken):
    """The store has, or delivered, a file that does not match its CID."""


class EvidenceEmpty(EvidenceError):
    """The file has no bytes: there is nothing to prove."""

    status = 400
    type_: ClassVar[str] = VALIDATION_FAILED
    title = "Validation failed"

    @property
    def members(self) -> dict[str, Any]:
        return {"errors": [{"field": "file", "message": "The submitted file is empty."}]}


class EvidenceTooLarge(EvidenceError):
    """The file is larger than `EVIDENCE_MAX_BYTES`."""

    status = 413

    def __init__(self) -> None:
        super().__init__(f"the file is larger than {settings.EVIDENCE_MAX_BYTES} bytes")
