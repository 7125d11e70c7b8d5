"""Gives a new id to a complaint whose id someone else has taken, without losing any accepted write.

A thief of an intake key who sees a filing on its way to the chain can file something else under its id. The id
contradicts that filing, but the contract will never accept the true filing under this id.
"""

import logging
from collections.abc import Sequence

from blockchain import recording, reservations
from blockchain.landing import NOT_LANDED
from blockchain.models import Complaint, Objection, Write
from blockchain.protocol import hashing
from blockchain.protocol.kinds import EventType
from blockchain.repair import SIGNATURE_VOID, UNSIGNED, UNTRIED

logger = logging.getLogger(__name__)


def refile(complaint: Complaint, *, by: str) -> str:
    """Gives a locked complaint, of which nothing has landed, a new id; a note names the former one. Returns the new id.

    What was promised under the former id is void, so the complainant needs a new receipt. Signatures of officers are
    void too: their entries fail until they are signed anew, and what waits for a signature ends.
    """
    former, salt = complaint.complaint_id, hashing.salt_new()
    created = complaint.writes.get(nonce=0)
    subject = hashing.subject_of(salt=salt, tracking_id=complaint.external_id, created_data=hashing.unhex(created.data))
    complainant = hashing.unhex(complaint.complainant) if complaint.complainant else bytes(hashing.ADDRESS_BYTES)
    complaint.salt = hashing.hex0x(salt)
    complaint.complaint_id = hashing.hex0x(hashing.complaint_id_of(subject=subject, complainant=complainant))
    complaint.save(update_fields=["salt", "complaint_id"])
    writes = Write.objects.filter(complaint=complaint)
    # It can't be signed under the former id any more, and nothing tells the officer of the new one.
    if (reserved := writes.filter(state=Write.State.RESERVED).first()) is not None:
        reservations.end(complaint, reserved)
    void = list(writes.exclude(entry_signature="").values_list("pk", flat=True))
    writes.update(**UNTRIED, **NOT_LANDED, transaction=None, promise_signer="", promise_signature="")
    signatures_void(void)
    Objection.objects.filter(complaint=complaint, standing=True).update(
        standing=None,
        transaction=None,
        error_code=SIGNATURE_VOID,
        error_detail=f"the complaint has a new id, {complaint.complaint_id}: sign the objection again",
    )
    recording.record(
        complaint=complaint,
        event_type=EventType.NOTED,
        by=by,
        more={"reason": "someone else filed something under the former id", "formerly": former},
    )
    logger.warning("complaint refiled", extra={"former": former, "complaint": complaint.complaint_id, "by": by})
    return complaint.complaint_id


def signatures_void(write_ids: Sequence[int]) -> None:
    """Officers' entries with a changed nonce or complaint fail until they are given up and signed again."""
    failed = {
        "state": Write.State.FAILED,
        "error_code": SIGNATURE_VOID,
        "error_detail": "the officer's signature does not fit the changed entry; give it up and have it signed again",
    }
    Write.objects.filter(pk__in=write_ids).update(**UNTRIED | UNSIGNED | failed)
