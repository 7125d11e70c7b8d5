"""Cases of complaints as they are: every kind of link, every kind of trust, every clock."""

from collections.abc import Iterator
from copy import deepcopy

import receipt as r
from tests.corpus.case import Case, Json, changed
from tests.corpus.chain import COMPLAINANT, DAY, RELAY, STRANGER, Chain, Complaint
from tests.corpus.notes import POLICY, note

PHOTO = b"\xff\xd8 a photo of the smoke \xff\xd9"
COMPLETE = ("header:given", "code:release", "state:recorded", "complete:complete")


def given(*blocks: str) -> Json:
    """Trust in blocks that were written down."""
    return {"blocks": list(blocks)}


def cases(chain: Chain) -> Iterator[Case]:
    """All cases of this module."""
    yield from _full_life(chain)
    yield from _clocks(chain)
    yield from _headers(chain)
    yield from _stages(chain)
    yield from _encodings(chain)


def _full_life(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "life", chain.address(COMPLAINANT))
    complaint.file()
    complaint.add(r.ASSIGNED, changes={"assigned_to": [None, "u-9"]})
    complaint.set_deadline(chain.time + 2 * DAY)
    complaint.add(r.STATUS_UPDATED, changes={"status": ["pending", "in_progress"]})
    complaint.hold(after=3600)
    complaint.add(r.COMMENTED, changes={"text": [None, "Wir warten auf die Messung. 😀 \u2028"]})
    complaint.resume(after=2 * 3600)
    sha256 = r.hashlib.sha256(PHOTO).hexdigest()
    file = {"sha256": sha256, "cid": "bafkreigh2akiscaildc", "size": len(PHOTO), "media_type": "image/jpeg"}
    evidence = complaint.add(r.EVIDENCE_ANCHORED, **file, name="smoke.jpg")
    complaint.escalate(after=4 * DAY)
    complaint.object("Niemand hat mich angerufen.")
    complaint.add(r.RESOLVED, changes={"status": ["in_progress", "resolved"]})
    complaint.add(r.REOPENED, after=DAY, changes={"status": ["resolved", "in_progress"]})
    complaint.add(r.NOTED, reason="given up")
    complaint.add(r.REJECTED, changes={"status": ["in_progress", "rejected"]})
    complaint.add(r.CLOSED, changes={"status": ["rejected", "closed"]})
    complaint.add(r.ERASED, reason="asked for")
    block = complaint.prove({"of": "evidence", "data": r.hex0x(evidence)}, {"of": "registry"}, complaint.role())
    receipt = complaint.receipt()
    own = receipt["deployment"]
    published = {"chain_id": own["chain_id"], "address": own["contract"].upper().replace("0X", "0x"), "abi": []}
    yield Case(
        name="every_kind_of_link_proved",
        why="A complaint with links of all sixteen kinds, all opened, with evidence, anchor, registry and role.",
        receipt=receipt,
        trust={**given(block), "deployment": published},
        files={"smoke.jpg": PHOTO},
        require=("identity", "content/1", "deployment", "anchored", "role"),
        says=(*COMPLETE, "clock:stopped", "anchored:anchored", "registry:registry", "role:held", "file:of-link"),
    )
    yield Case(
        name="redacted_proved",
        why="Without any opening the links are as complete as before. The contents are not disclosed.",
        receipt={**receipt, "openings": {}},
        trust=given(block),
        says=(*COMPLETE, "content:not-disclosed", "identity:not-disclosed", "deployment:not-given"),
    )
    yield Case(
        name="redacted_but_required_unknown",
        why="The user requires a content that the receipt does not disclose.",
        receipt={**receipt, "openings": {}},
        trust=given(block),
        require=("content/1",),
        says=(*COMPLETE, "content:not-disclosed"),
    )
    yield Case(
        name="another_contract_contradicted",
        why="The receipt is sound, and it is about another contract than the user expects.",
        receipt=receipt,
        trust={**given(block), "deployment": {"contract": "0x" + "11" * 20}},
        says=(*COMPLETE, "deployment:differs"),
    )
    yield Case(
        name="file_of_nobody_contradicted",
        why="All evidence of the complaint is disclosed, and the user's file is none of it.",
        receipt=receipt,
        trust=given(block),
        files={"other.jpg": PHOTO + b"."},
        says=("file:not-recorded",),
    )
    hidden = deepcopy(receipt)
    del hidden["openings"]["links"]["8"]
    yield Case(
        name="file_not_disclosed_unknown",
        why="The payload of the evidence is not disclosed, so nobody can tell whether this is the file.",
        receipt=hidden,
        trust=given(block),
        files={"smoke.jpg": PHOTO},
        says=("file:not-disclosed", "content:not-disclosed"),
    )
    yield Case(
        name="nothing_trusted_unknown",
        why="Without trust no receipt is proved.",
        receipt=receipt,
        says=("header:not-trusted", "state:header-not-trusted", "content:not-covered"),
    )
    yield Case(
        name="file_and_nothing_trusted_unknown",
        why="The file is the disclosed evidence, and nothing shows that its link is on the chain.",
        receipt=receipt,
        files={"smoke.jpg": PHOTO},
        says=("file:not-covered", "content:not-covered"),
    )
    for name, place in (("anchor", 1), ("registry", 2)):
        spoilt = deepcopy(receipt)
        spoilt["proofs"][0]["slots"][place]["nodes"].pop()
        yield Case(
            name=f"{name}_proof_cut_off_broken",
            why="The last node of the slot's proof is missing.",
            receipt=spoilt,
            trust=given(block),
            says=({"anchor": "anchored"}.get(name, name) + ":proof", "complete:complete"),
        )
    extended = deepcopy(receipt)
    extended |= {"x-note": {"any": "thing"}, "headers": [{"type": "moon", "phase": 3}]}
    extended["proofs"][0]["slots"].append({"of": "weather", "rain": True})
    yield Case(
        name="unknown_additions_proved",
        why="What a verifier does not know, and need not know, is ignored and named.",
        receipt=extended,
        trust=given(block),
        says=COMPLETE,
    )


def _clocks(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "clock")
    complaint.file()
    running = complaint.prove()
    complaint.hold(after=10 * DAY)
    held = complaint.prove()
    complaint.resume(after=5 * DAY)
    chain.mine(after=22 * DAY)
    overdue = complaint.prove()
    receipt = complaint.receipt()
    yield Case(
        name="three_clocks_proved",
        why="Running, then on hold, then overdue with two misses that nobody recorded; one history in three proofs.",
        receipt=receipt,
        trust=given(running, held, overdue),
        require=("prefix", "clock"),
        says=("clock:running", "clock:held", "clock:overdue", "prefix:prefix", "complete:complete"),
    )
    complaint.escalate(after=30 * DAY)
    block = complaint.prove()
    yield Case(
        name="all_misses_recorded_proved",
        why="Three misses, the highest level, and no further deadline.",
        receipt=complaint.receipt(),
        trust=given(block),
        says=(*COMPLETE, "clock:none", "header:not-trusted"),
    )
    imported = Complaint(chain, "imported")
    imported.created = imported.commit(r.CREATED, changes={"title": [None, "old"]}, witnessed=False)
    imported.subject = r.subject_of(imported.tracking_id, imported.id_salt, imported.created)
    imported.id = r.keccak(imported.subject + bytes(32))
    imported.file()
    imported.set_deadline(chain.time - DAY)
    imported.escalate(after=12)
    block = imported.prove()
    yield Case(
        name="imported_proved",
        why="An imported case: its filing was not witnessed, and its deadline was missed before it was recorded.",
        receipt=imported.receipt(),
        trust=given(block),
        says=(*COMPLETE, "content:opened", "identity:id-matches"),
    )


def _headers(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "headers")
    complaint.file()
    block = complaint.prove()
    receipt = complaint.receipt()
    header = r.receipt_read(receipt).proofs[0].header
    assert header
    answer = {"chain_id": chain.deployment.chain_id, "finalized": header.number, "blocks": {str(header.number): block}}
    one, two, three = ({"node": name, **answer} for name in ("a.example", "b.example", "c.example"))
    lying = {**three, "blocks": {str(header.number): "0x" + "22" * 32}}

    def nodes(*answers: Json) -> Json:
        return {"nodes": {"quorum": 2, "answers": list(answers)}}

    yield Case(
        name="two_of_three_nodes_proved",
        why="Two nodes agree, and a lying third changes nothing.",
        receipt=receipt,
        trust=nodes(two, lying, one),
        says=("header:rpc", "complete:complete"),
    )
    yield Case(
        name="two_nodes_disagree_unknown",
        why="Two nodes name different blocks.",
        receipt=receipt,
        trust=nodes(one, lying),
        says=("header:not-trusted",),
    )
    yield Case(
        name="not_final_unknown",
        why="The nodes agree, and the block is not final for one of them.",
        receipt=receipt,
        trust=nodes(one, {**two, "finalized": header.number - 1}),
        says=("header:not-trusted",),
    )
    yield Case(
        name="other_chain_unknown",
        why="A node of another chain counts for nothing.",
        receipt=receipt,
        trust=nodes(one, {**two, "chain_id": 1}),
        says=("header:not-trusted",),
    )
    yield Case(
        name="another_block_contradicted",
        why="Two nodes agree that another block has this number: this one fell out of the chain, or never was on it.",
        receipt=receipt,
        trust=nodes({**lying, "node": "a.example"}, lying, two),
        says=("header:other-block",),
    )
    text = {"chain_id": chain.deployment.chain_id, "number": header.number, "block": block, "time": chain.time + 900}
    both = note("press", "court", **text)
    attested = {**receipt, "headers": [{"block": block, "type": "signed", "note": both}]}
    yield Case(
        name="signed_by_two_witnesses_proved",
        why="A signed note of two witnesses, and a policy that wants two of three.",
        receipt=attested,
        trust={"policy": POLICY},
        says=("header:signed", "complete:complete"),
    )
    single = note("press", "stranger", **text)
    for name, why, spoilt in (
        ("one_witness", "One of two witnesses, and a signature by an unknown key.", single),
        (
            "wrong_signature",
            "The signature of a known key is wrong.",
            both.replace("\n— court ", "\n— court A", 1)[:-1] + "\n",
        ),
        ("note_of_another_block", "The note is about another block.", note("press", "court", **{**text, "number": 1})),
        (
            "note_of_another_chain",
            "The note is about another chain.",
            note("press", "court", **{**text, "chain_id": 1}),
        ),
    ):
        yield Case(
            name=f"{name}_unknown",
            why=why,
            receipt=changed(attested, "headers", 0, "note", to=spoilt),
            trust={"policy": POLICY},
            says=("header:not-trusted",),
        )
    yield Case(
        name="policy_without_quorum_unknown",
        why="`quorum none` trusts nothing.",
        receipt=attested,
        trust={"policy": POLICY.replace("quorum two", "quorum none")},
        says=("header:not-trusted",),
    )
    headers = []
    for _ in range(3):
        chain.mine()
        newest = chain.node.ask("eth_getBlockByNumber", "latest", False)
        headers.append(r.hex0x(r.header_of(chain.node, newest)))
    later = r.hex0x(r.keccak(bytes.fromhex(headers[-1][2:])))
    linked = {**receipt, "headers": [{"block": block, "type": "ancestor", "headers": headers}]}
    yield Case(
        name="ancestor_proved",
        why="Three headers link the block to a later one, which is trusted.",
        receipt=linked,
        trust=given(later),
        says=("header:ancestor", "complete:complete"),
    )
    yield Case(
        name="ancestor_with_a_gap_unknown",
        why="A header is missing between the block and the trusted one.",
        receipt=changed(linked, "headers", 0, "headers", to=[headers[0], headers[2]]),
        trust=given(later),
        says=("header:not-trusted",),
    )


def _stages(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "stages")
    complaint.file()
    first = complaint.prove()
    early = complaint.receipt()
    complaint.add(r.COMMENTED, changes={"text": [None, "one"]})
    complaint.add(r.COMMENTED, changes={"text": [None, "two"]})
    last = complaint.prove()
    late = complaint.receipt()
    yield Case(
        name="older_block_trusted_unknown",
        why="Only the older block is trusted: it proves a prefix, and not that the later links are on the chain.",
        receipt=late,
        trust=given(first),
        says=("prefix:prefix", "content:not-covered"),
    )
    withheld = {**early, "proofs": late["proofs"]}
    yield Case(
        name="links_withheld_unknown",
        why="The newest block had more links than the file shows.",
        receipt=withheld,
        trust=given(first, last),
        says=("more:more", "complete:complete"),
    )
    yield Case(
        name="newer_proof_untrusted_proved",
        why="The newest block that is trusted decides. What a newer one holds stays unknown.",
        receipt=withheld,
        trust=given(first),
        says=("state:header-not-trusted", "complete:complete"),
    )
    mixed = Complaint(chain, "mixed")
    mixed.file()
    mixed.log(r.NOTED, mixed.commit(r.COMMENTED, changes={"text": [None, "a"]}))
    block = mixed.prove()
    yield Case(
        name="content_of_another_kind_contradicted",
        why="The link is a note, and it commits to the payload of a comment.",
        receipt=mixed.receipt(),
        trust=given(block),
        says=("content:type-differs", "complete:complete"),
    )
    kept = Complaint(chain, "anchors")
    kept.file()
    data = kept.commit(r.EVIDENCE_ANCHORED, sha256="00" * 32, cid="b", size=1, media_type="text/plain", name="a")
    block = kept.prove(
        {"of": "evidence", "data": r.hex0x(data)}, kept.role(STRANGER), kept.role(RELAY, "RECORDER_ROLE")
    )
    yield Case(
        name="not_anchored_proved",
        why="It is proved that an evidence was not anchored, that a stranger had no role, and that the relay had one.",
        receipt=kept.receipt(),
        trust=given(block),
        require=("unanchored", "role"),
        says=(*COMPLETE, "unanchored:unanchored", "role:not-held", "role:held"),
    )


def _encodings(chain: Chain) -> Iterator[Case]:
    complaint = Complaint(chain, "encoding")
    complaint.file()
    block = complaint.prove()
    text = r.receipt_text(complaint.receipt()).decode()
    for name, data in (
        ("utf8_mark", b"\xef\xbb\xbf" + text.encode()),
        ("utf16_little", b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")),
        ("utf16_big", b"\xfe\xff" + text.encode("utf-16-be")),
    ):
        yield Case(
            name=f"{name}_proved",
            why="A file as PowerShell or Notepad saves it.",
            receipt=data,
            trust=given(block),
            says=COMPLETE,
        )
