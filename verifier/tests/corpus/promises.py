"""Cases about what the operator signed: every verdict about a promise."""

from collections.abc import Iterator
from copy import deepcopy

import receipt as r
from tests.corpus.case import Case, Json, changed, flipped
from tests.corpus.chain import DAY, INTAKE, STRANGER, Chain, Complaint
from tests.corpus.lives import given


def cases(chain: Chain) -> Iterator[Case]:
    """All cases of this module."""
    yield from _filings(chain)
    yield from _contradicted(chain)
    yield from _void(chain)
    yield from _acknowledgements(chain)


def _filings(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "promise")
    complaint.promise()
    chain.mine(after=3 * DAY)
    absent = complaint.prove(complaint.role())
    open_ = complaint.receipt()
    yield Case(
        name="promise_open_proved",
        why="A filing was promised, and three days later nothing was on the chain: proof of an omission.",
        receipt=open_,
        trust=given(absent),
        require=("promise/1", "delay/1", "absent", "identity"),
        says=("state:nothing", "absent:absent", "complete:complete", "promise:open", "delay:delay"),
    )
    yield Case(
        name="promise_role_not_shown_unknown",
        why="Anyone can sign anything: nothing shows that the key had the role, so that the promise is the operator's.",
        receipt={**open_, "proofs": [{**open_["proofs"][0], "slots": open_["proofs"][0]["slots"][:1]}]},
        trust=given(absent),
        require=("promise/1",),
        says=("absent:absent", "promise:role-not-shown"),
    )
    yield Case(
        name="promise_signature_unknown",
        why="The signature is not by a key of the account. A contract may sign anything, so this is not BROKEN.",
        receipt=changed(open_, "promises", 0, "signature", to="0x" + "11" * 64 + "1b"),
        trust=given(absent),
        require=("promise/1",),
        says=("absent:absent", "promise:signature"),
    )
    s = int.from_bytes(bytes.fromhex(open_["promises"][0]["signature"][2:])[32:64], "big")
    malleated = bytearray.fromhex(open_["promises"][0]["signature"][2:])
    malleated[32:64] = r.word(r.ORDER - s)
    malleated[64] = 55 - malleated[64]
    yield Case(
        name="promise_with_high_s_unknown",
        why="The other signature of the same message that secp256k1 recovers is refused, as in the contract.",
        receipt=changed(open_, "promises", 0, "signature", to=r.hex0x(bytes(malleated))),
        trust=given(absent),
        require=("promise/1",),
        says=("promise:signature",),
    )
    yield Case(
        name="promise_of_an_exchanged_filing_contradicted",
        why="The promise is signed, and its filing does not give the complaint's id: the filing was exchanged.",
        receipt=_exchanged(open_, complaint),
        trust=given(absent),
        says=("promise:exchanged",),
    )
    broken = deepcopy(open_)
    broken["openings"]["promises"]["1"]["payload"]["by"] = "u-8"
    yield Case(
        name="promise_opening_differs_broken",
        why="The disclosed filing is not the promised one. The file says so itself, whatever the chain holds.",
        receipt=broken,
        trust=given(absent),
        says=("promise:opening-differs",),
    )
    complaint.file()
    late = complaint.prove()
    yield Case(
        name="promise_kept_late_proved",
        why="The filing was absent, and later it was recorded: kept, with the least delay that is proved.",
        receipt=complaint.receipt(),
        trust=given(absent, late),
        require=("promise", "delay", "content/1"),
        says=("absent:absent", "complete:complete", "promise:kept", "delay:delay"),
    )
    yield Case(
        name="promise_without_trust_unknown",
        why="Without a trusted block nothing is known of the promise.",
        receipt=complaint.receipt(),
        says=("promise:header-not-trusted",),
    )
    soon = Complaint(chain, "expiry")
    soon.promise(valid_until=chain.time + 60)
    chain.mine(after=DAY)
    block = soon.prove(soon.role())
    yield Case(
        name="promise_expired_proved",
        why="The signed entry was valid for a minute, and was not recorded.",
        receipt=soon.receipt(),
        trust=given(block),
        require=("promise/1",),
        says=("promise:expired",),
    )


def _exchanged(receipt: Json, complaint: Complaint) -> Json:
    """With a promise of another filing, signed by the intake key."""
    other = complaint.commit(r.CREATED, changes={"title": [None, "something else"]})
    kept = complaint.promises.copy()
    complaint.promises.clear()
    complaint.promise(data=other)
    made = {**receipt, "promises": list(complaint.promises)}
    made["openings"] = {**receipt["openings"], "promises": {"1": complaint.openings[other]}}
    complaint.promises[:] = kept
    # The identity is opened by the true filing's promise, which stays the first.
    made["promises"] = [*kept, *made["promises"]]
    made["openings"]["promises"] = {**receipt["openings"]["promises"], "2": complaint.openings[other]}
    return made


def _contradicted(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "exchange")
    complaint.promise()
    complaint.file(data=r.keccak(b"something else"))
    block = complaint.prove(complaint.role())
    receipt = complaint.receipt()
    yield Case(
        name="promise_contradicted_by_the_id_contradicted",
        why="Something else than the promised filing was recorded under the id, and the id itself says which is right.",
        receipt=receipt,
        trust=given(block),
        says=("promise:contradicted", "complete:complete"),
    )
    yield Case(
        name="promise_contradicted_without_the_id_contradicted",
        why="As before, without the tracking id: the signer had its role, and signed another filing.",
        receipt={**receipt, "openings": {}},
        trust=given(block),
        says=("promise:contradicted", "identity:not-disclosed"),
    )
    yield Case(
        name="identity_exchanged_contradicted",
        why="The tracking id is another one than the id commits to.",
        receipt=changed(receipt, "openings", "tracking_id", to="TRACKOTHER"),
        trust=given(block),
        says=("identity:id-differs",),
    )


def _void(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "void")
    complaint.promise()
    before = complaint.prove(complaint.role())
    chain.set_role("INTAKE_ROLE", INTAKE, has=False)
    after = complaint.prove(complaint.role())
    yield Case(
        name="promise_void_proved",
        why="The key lost its role before the filing landed, so nobody can record the promise any more.",
        receipt=complaint.receipt(),
        trust=given(before, after),
        require=("promise/1",),
        says=("role:held", "role:not-held", "promise:void"),
    )
    chain.set_role("INTAKE_ROLE", INTAKE, has=True)


def _acknowledgements(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "acknowledged")
    complaint.promise()
    complaint.file()
    comment = complaint.commit(r.COMMENTED, changes={"text": [None, "Please call me."]})
    complaint.acknowledge(r.COMMENTED, comment)
    file = {"sha256": "ab" * 32, "cid": "bafkrei", "size": 3, "media_type": "image/png", "name": "a.png"}
    evidence = complaint.commit(r.EVIDENCE_ANCHORED, **file)
    complaint.acknowledge(r.EVIDENCE_ANCHORED, evidence)
    anchor = {"of": "evidence", "data": r.hex0x(evidence)}
    chain.mine(after=5 * DAY)
    missing = complaint.prove(complaint.role(), anchor)
    yield Case(
        name="acknowledged_not_recorded_proved",
        why="A comment and a file were acknowledged, and five days later neither was on the chain.",
        receipt=complaint.receipt(),
        trust=given(missing),
        require=("promise", "delay"),
        says=("promise:kept", "promise:not-recorded", "delay:delay", "unanchored:unanchored"),
    )
    complaint.log(r.COMMENTED, comment)
    later = complaint.prove(complaint.role(), anchor)
    receipt = complaint.receipt()
    yield Case(
        name="acknowledged_and_recorded_proved",
        why="The comment was recorded after five days. The file still was not.",
        receipt=receipt,
        trust=given(missing, later),
        require=("promise",),
        says=("promise:kept", "promise:recorded", "promise:not-recorded", "delay:delay", "prefix:prefix"),
    )
    withheld = deepcopy(receipt)
    withheld["links"].pop()
    withheld["openings"]["links"].pop("2")
    yield Case(
        name="acknowledged_with_links_withheld_unknown",
        why="The link that decides is withheld. An empty anchor still shows that the file was not recorded.",
        receipt=withheld,
        trust=given(missing, later),
        says=("promise:incomplete", "promise:not-recorded", "more:more"),
    )
    forged = Complaint(chain, "forged")
    forged.file()
    forged.acknowledge(r.COMMENTED, comment, by=STRANGER)
    block = forged.prove(forged.role(STRANGER))
    yield Case(
        name="acknowledged_by_a_stranger_unknown",
        why="The signature is good, and the account never had the role.",
        receipt=forged.receipt(),
        trust=given(block),
        require=("promise/1",),
        says=("promise:role-not-shown", "role:not-held"),
    )
    yield Case(
        name="acknowledgement_altered_unknown",
        why="The acknowledged commitment was altered, so the signature is of something else.",
        receipt=changed(receipt, "promises", 1, "data", to=flipped(receipt["promises"][1]["data"])),
        trust=given(missing, later),
        require=("promise",),
        says=("promise:signature",),
    )
