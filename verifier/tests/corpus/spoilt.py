"""Cases of receipts that were altered, damaged or forged, and of those that need a newer verifier."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import receipt as r
from tests.corpus.case import Case, Json, changed, compact, flipped
from tests.corpus.chain import Chain, Complaint
from tests.corpus.lives import given


def cases(chain: Chain) -> Iterator[Case]:
    """All cases of this module."""
    complaint = Complaint(chain, "spoilt")
    complaint.promise()
    complaint.file()
    complaint.add(r.COMMENTED, changes={"text": [None, "a"]})
    complaint.add(r.NOTED, reason="b")
    first = complaint.prove()
    complaint.add(r.COMMENTED, changes={"text": [None, "c"]})
    last = complaint.prove(complaint.role())
    receipt, trust = complaint.receipt(), given(first, last)
    yield Case(
        name="sound_proved",
        why="The receipt that the spoilt ones are made from.",
        receipt=receipt,
        trust=trust,
        require=("identity", "content", "promise/1"),
        says=("complete:complete", "prefix:prefix", "promise:kept"),
    )
    yield from _links(receipt, trust)
    yield from _nodes(receipt, trust)
    yield from _texts(receipt, trust)
    yield from _forms(receipt, trust)
    yield from _newer(receipt, trust)


def _links(receipt: Json, trust: Json) -> Iterator[Case]:
    bare = {**receipt, "openings": {}}

    def spoilt(name: str, why: str, *path: str | int, to: Any, code: str = "complete:links-differ") -> Case:
        return Case(
            name=f"{name}_contradicted", why=why, receipt=changed(bare, *path, to=to), trust=trust, says=(code,)
        )

    links = receipt["links"]
    yield spoilt("link_altered", "The data of a link was altered.", "links", 1, "data", to=flipped(links[1]["data"]))
    yield spoilt("link_back_dated", "A link was back-dated by a second.", "links", 1, "time", to=links[1]["time"] - 1)
    yield spoilt(
        "link_of_another_actor", "A link is shown as another account's.", "links", 1, "actor", to="0x" + "33" * 20
    )
    yield spoilt("link_of_another_kind", "A comment is shown as a note.", "links", 1, "type", to=r.NOTED)
    yield Case(
        name="link_altered_under_its_opening_broken",
        why="The data of a link was altered, and its opening was not: the file is inconsistent in itself.",
        receipt=changed(receipt, "links", 1, "data", to=flipped(links[1]["data"])),
        trust=trust,
        says=("complete:links-differ", "content:payload-differs"),
    )
    swapped = [{**links[i], "sequence": n} for n, i in enumerate((0, 2, 1, 3), 1)]
    yield spoilt("links_swapped", "Two links changed places.", "links", to=swapped)
    invented = [*links, {**links[3], "sequence": 5}]
    yield Case(
        name="link_invented_unknown",
        why="A link was added that the chain did not hold at the newest trusted block; newer it may be.",
        receipt=changed(receipt, "links", to=invented),
        trust=trust,
        says=("prefix:prefix", "content:not-disclosed"),
    )
    left_out = [{**link, "sequence": n} for n, link in enumerate((*links[:1], *links[2:]), 1)]
    made = changed(receipt, "links", to=left_out)
    made["openings"]["links"] = {"1": made["openings"]["links"]["1"]}
    yield Case(
        name="link_left_out_contradicted",
        why="A link in the middle was left out, and the others were renumbered.",
        receipt=made,
        trust=trust,
        says=("complete:links-differ", "more:more"),
    )
    other = "0x" + "44" * 22
    yield Case(
        name="another_genesis_unknown",
        why="With another GENESIS the contract's code has another hash.",
        receipt=changed(receipt, "deployment", "genesis", to=other),
        trust=trust,
        says=("code:unknown-code", "state:unknown-code", "promise:signature"),
    )
    yield Case(
        name="another_default_sla_unknown",
        why="With another parameter of the clock the contract's code has another hash.",
        receipt=changed(receipt, "deployment", "default_sla", to=1),
        trust=trust,
        says=("code:unknown-code", "promise:unknown-code"),
    )
    opening = deepcopy(receipt)
    opening["openings"]["links"]["2"]["payload"]["by"] = "u-8"
    yield Case(
        name="content_altered_contradicted",
        why="A disclosed payload is not what the link on the chain commits to.",
        receipt=opening,
        trust=trust,
        says=("content:payload-differs", "complete:complete"),
    )
    yield Case(
        name="content_altered_and_untrusted_broken",
        why="A disclosed payload does not give its link's data, and no block is trusted: the file is inconsistent.",
        receipt=opening,
        says=("content:payload-differs", "header:not-trusted"),
    )


def _nodes(receipt: Json, trust: Json) -> Iterator[Case]:
    proof = receipt["proofs"][1]

    def spoilt(name: str, why: str, to: Any, *path: str | int, code: str = "state:proof") -> Case:
        return Case(
            name=f"{name}_broken",
            why=why,
            receipt=changed(receipt, "proofs", 1, *path, to=to),
            trust=trust,
            says=(code,),
        )

    account, slot = proof["account"], proof["slots"][0]["nodes"]
    assert len(account) >= 2, "the account is proved by several nodes"
    assert len(slot) >= 2, "the slot is proved by several nodes"
    at = ("slots", 0, "nodes")
    yield spoilt(
        "account_node_altered",
        "A bit of the account's proof is another.",
        [flipped(account[0]), *account[1:]],
        "account",
    )
    yield spoilt("account_node_dropped", "A node of the account's proof is missing.", account[:-1], "account")
    yield spoilt(
        "account_nodes_reordered", "py-trie and @ethereumjs/mpt accept reordered nodes.", account[::-1], "account"
    )
    yield spoilt("account_node_doubled", "A node is there twice.", [account[0], *account], "account")
    yield spoilt(
        "account_node_surplus",
        "py-trie and @ethereumjs/mpt accept a node that leads nowhere.",
        [*account, "0xc20102"],
        "account",
    )
    yield spoilt("slot_node_altered", "A bit of the slot's proof is another.", [*slot[:-1], flipped(slot[-1])], *at)
    yield spoilt("slot_node_dropped", "A truncated proof shows no absence.", slot[:-1], *at)
    yield spoilt("slot_nodes_missing", "No nodes show no absence.", [], *at)
    yield spoilt("slot_nodes_reordered", "The nodes are in another order.", slot[::-1], *at)
    yield spoilt("slot_node_surplus", "A true node of the trie, once more.", [*slot, slot[0]], *at)
    yield spoilt("slot_of_another_complaint", "The proof is that of the role's slot.", proof["slots"][1]["nodes"], *at)
    yield spoilt(
        "role_proof_altered",
        "A bit of the role's proof is another.",
        [*proof["slots"][1]["nodes"][:-1]],
        "slots",
        1,
        "nodes",
        code="role:proof",
    )
    header = proof["block"]["header"]
    yield spoilt("header_cut_off", "The header's RLP is cut off.", header[:-2], "block", "header", code="proof:header")
    yield spoilt(
        "header_with_a_tail", "A byte follows the header's RLP.", header + "00", "block", "header", code="proof:header"
    )
    yield Case(
        name="header_altered_broken",
        why="Another state root: the proof does not belong to it, and its hash is not trusted.",
        receipt=changed(
            receipt, "proofs", 1, "block", "header", to=header[:200] + flipped(header[200:201]) + header[201:]
        ),
        trust=trust,
        says=("state:proof", "header:not-trusted"),
    )
    first, second = receipt["proofs"]
    yield Case(
        name="proof_of_another_block_broken",
        why="The header is that of the older block, and the nodes are those of the newer one.",
        receipt=changed(receipt, "proofs", to=[{**second, "block": first["block"]}]),
        trust=trust,
        says=("header:given", "state:proof"),
    )


def _texts(receipt: Json, trust: Json) -> Iterator[Case]:
    text = compact(receipt)
    cut = text[:-1]
    for name, why, data, code in (
        ("key_twice", "A key is given twice; readers take different ones.", cut + b',"version":1}', "json"),
        ("fraction", "A number with a fraction.", text.replace(b'"version":1', b'"version":1.0', 1), "json"),
        ("exponent", "A number with an exponent.", text.replace(b'"version":1', b'"version":1e0', 1), "json"),
        ("beyond_2_53", "A number that JavaScript rounds.", cut + b',"x":9007199254740993}', "json"),
        ("minus_zero", "Minus zero is zero for some readers.", cut + b',"x":-0}', "json"),
        ("lone_surrogate", "A text that is no Unicode.", cut + rb',"x":"\ud83d"}', "json"),
        (
            "nested_too_deep",
            "Arrays in arrays, 65 deep with the outer object.",
            cut + b',"x":' + b"[" * 64 + b"]" * 64 + b"}",
            "json",
        ),
        ("not_a_number", "NaN is no JSON.", cut + b',"x":NaN}', "json"),
        ("cut_off", "The file is cut off.", text[: len(text) // 2], "json"),
        ("a_tail", "Something follows the value.", text + b"{}", "json"),
        ("latin_1", "The file is not UTF-8.", cut + b',"x":"\xfc"}', "encoding"),
        (
            "utf16_without_mark",
            "UTF-16 without a byte order mark is not JSON in UTF-8.",
            text.decode().encode("utf-16-le"),
            "encoding",
        ),
        ("empty", "An empty file.", b"", "json"),
        ("another_format", "JSON of something else.", b'{"format":"c2sp.org/tlog-proof@v1"}', "format"),
        ("a_list", "JSON that is no object.", b"[]", "shape"),
    ):
        yield Case(name=f"{name}_broken", why=why, receipt=data, trust=trust, says=(f"receipt:{code}",))


def _forms(receipt: Json, trust: Json) -> Iterator[Case]:
    for name, why, made in (
        (
            "upper_case_hex",
            "Hex digits in upper case.",
            changed(receipt, "complaint", "id", to=receipt["complaint"]["id"].upper().replace("0X", "0x")),
        ),
        (
            "short_word",
            "A word of 31 bytes.",
            changed(receipt, "links", 0, "data", to=receipt["links"][0]["data"][:-2]),
        ),
        ("unknown_member", "An unknown member in a closed object.", changed(receipt, "links", 0, "salt", to="0x")),
        ("missing_member", "The receipt has no links.", {k: v for k, v in receipt.items() if k != "links"}),
        (
            "sequence_with_a_gap",
            "The second link is missing.",
            changed(receipt, "links", to=receipt["links"][:1] + receipt["links"][2:]),
        ),
        (
            "proofs_out_of_order",
            "The proofs are not in the order of their blocks.",
            changed(receipt, "proofs", to=receipt["proofs"][::-1]),
        ),
        ("proof_twice", "Two proofs of one block.", changed(receipt, "proofs", to=[receipt["proofs"][0]] * 2)),
        (
            "no_complaint_slot",
            "A proof without the complaint's slot.",
            changed(receipt, "proofs", 1, "slots", to=receipt["proofs"][1]["slots"][1:]),
        ),
        (
            "slot_twice",
            "A slot is proved twice.",
            changed(receipt, "proofs", 1, "slots", to=receipt["proofs"][1]["slots"] * 2),
        ),
        (
            "opening_of_no_link",
            "An opening of a link that is not there.",
            changed(receipt, "openings", "links", "5", to=receipt["openings"]["links"]["1"]),
        ),
        ("salt_alone", "A salt without a tracking id.", changed(receipt, "openings", to={"salt": "0x" + "00" * 32})),
        ("number_as_text", "A number that is written as text.", changed(receipt, "deployment", "chain_id", to="31337")),
        ("true_for_one", "`true` is no number.", changed(receipt, "deployment", "chain_id", to=True)),
    ):
        yield Case(name=f"{name}_broken", why=why, receipt=made, trust=trust, says=("receipt:shape",))


def _newer(receipt: Json, trust: Json) -> Iterator[Case]:
    for name, why, made, code in (
        (
            "version_2",
            "A later version, whatever it contains.",
            {"format": r.FORMAT, "version": 2, "links": "?"},
            "receipt:newer-version",
        ),
        (
            "unknown_critical",
            "A member that must be understood, and is not.",
            {**receipt, "critical": ["x-seal"], "x-seal": 1},
            "receipt:unknown-critical",
        ),
        (
            "unknown_proof",
            "Only a proof of an unknown kind.",
            {**receipt, "proofs": [{"kind": "pbt", "stem": "0x"}]},
            "proof:unknown-kind",
        ),
        (
            "unknown_block",
            "Only a proof whose block has an unknown kind.",
            {**receipt, "proofs": [{"kind": "mpt", "block": {"kind": "ssz"}}]},
            "proof:unknown-kind",
        ),
    ):
        yield Case(name=f"{name}_unknown", why=why, receipt=made, trust=trust, says=(code,))
    yield Case(
        name="known_critical_proved",
        why="A member that must be understood, and is.",
        receipt={**receipt, "critical": ["openings"]},
        trust=trust,
        says=("complete:complete",),
    )
    more = [{"kind": "pbt"}, *receipt["proofs"]]
    yield Case(
        name="unknown_proof_beside_known_ones_proved",
        why="A proof of an unknown kind lowers no check of the others.",
        receipt={**receipt, "proofs": more},
        trust=trust,
        says=("proof:unknown-kind", "complete:complete"),
    )
