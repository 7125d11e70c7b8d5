"""What can go wrong with evidence files, as types. Messages carry no URL, path or token."""


class EvidenceError(Exception):
    """Base of all errors of the evidence store."""


class EvidenceStoreUnavailable(EvidenceError):
    """The store did not take or give the file: down, too slow, full, or it said no. Nothing was kept of it here."""


class EvidenceMissing(EvidenceError):
    """The store works, and does not have the file."""


class EvidenceCorrupt(EvidenceError):
    """What the store has, or what came through, is not the file that the CID names."""


class EvidenceEmpty(EvidenceError):
    """The file has no bytes: there is nothing to prove."""


class EvidenceTooLarge(EvidenceError):
    """The file is larger than `EVIDENCE_MAX_BYTES`."""
