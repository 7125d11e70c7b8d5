"""Cases of section 4 about eras, ancestors and the history contract, with headers of our own."""

from collections.abc import Iterator

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.notes import note, vkey
from tests.corpus.story import HISTORY, LATER, OWN, Story, basic, case, header
from tests.tries import proof, trie_of

DENEB = 8_626_176  # slots
CAPELLA = 6_209_536


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _eras()
    yield from _ancestors()
    yield from _histories()
    yield from _appended()


def _appended() -> Iterator[Case]:
    """Headers with fields that no fork has yet. The hash binds them."""
    story = basic().prove(LATER, items=lambda items: [*items, b"\1" * 32, 7, [b"a list"], b"", bytes(300)])
    block = {"number": story.last.number, "block": r.hex0x(story.last.hash)}
    story.headers.append(
        {"block": block["block"], "type": "signed", "note": note("press", chain_id=31337, time=LATER, **block)}
    )
    hashes = {str(block["number"]): block["block"]}
    answers = [{"node": name, "chain_id": 31337, "finalized": 100, "blocks": hashes} for name in "ab"]
    for name, code, trust in (
        ("given", "given", {"blocks": [block["block"]]}),
        ("named_by_nodes", "rpc", {"nodes": {"quorum": 2, "answers": answers}}),
        ("signed", "signed", {"policy": f"witness press {vkey('press')}\nquorum press\n"}),
    ):
        why = "Later forks may append fields to the header."
        yield case(f"header_with_unknown_fields_{name}_proved", why, story, f"header:{code}", trust=trust)


def _eras() -> Iterator[Case]:
    def attested(slot: int, *, chain_id: int = 1, body: int = 12, branch: int = 13) -> tuple[Story, Json]:
        story = basic(deployment=r.Deployment(**{**OWN.__dict__, "chain_id": chain_id})).prove(LATER)
        words = [r.keccak(r.word(i)) for i in range(body + branch)]
        attestation = {"slot": slot, "body": words[:body], "branch": words[body:]}
        root = r.era_root(story.last.hash, 1, attestation)
        # What the siblings would lead to with the nearest number of them that is right.
        right = {**attestation, "slot": max(slot, CAPELLA)}
        depth = 12 if right["slot"] >= DENEB else 11
        root = root or r.era_root(story.last.hash, 1, {**right, "body": words[:depth], "branch": words[-13:]})
        assert root
        hexed = {name: [r.hex0x(word) for word in attestation[name]] for name in ("body", "branch")}
        story.headers.append({"block": r.hex0x(story.last.hash), "type": "era", "slot": slot, **hexed})
        anchors = {"chain_id": chain_id, "periods": {str(slot // 8192): r.hex0x(root)}}
        return story, {"anchors": {**anchors, "source": "invented"}}

    for name, why, (story, trust) in (
        ("deneb", "Twelve siblings in the body, since Deneb.", attested(DENEB)),
        ("capella", "Eleven siblings in the body, before.", attested(DENEB - 1, body=11)),
        ("first_of_capella", "The first slot of Capella.", attested(CAPELLA, body=11)),
    ):
        yield case(f"era_{name}_proved", why, story, "header:era", trust=trust)
    moved, moved_trust = attested(DENEB + 100)
    attestation = moved.headers[0]
    attestation["branch"].insert(0, attestation["body"].pop())
    named, named_trust = attested(DENEB + 100)
    named.headers[0]["block"] = "0x" + "12" * 32
    other, other_trust = attested(DENEB + 100)
    other_trust["anchors"]["periods"] = {
        str((DENEB + 100) // 8192 + 1): next(iter(other_trust["anchors"]["periods"].values()))
    }
    for name, why, (story, trust) in (
        ("before_capella", "There is no such tree before Capella.", attested(CAPELLA - 1, body=11)),
        ("of_another_chain", "Other chains have other trees.", attested(DENEB + 100, chain_id=5)),
        ("with_a_sibling_more", "The number of siblings is that of the fork.", attested(DENEB + 100, body=13)),
        ("with_a_sibling_less", "The number of siblings is that of the fork.", attested(DENEB - 1, body=12)),
        ("with_a_sibling_moved", "13 siblings are in `branch`.", (moved, moved_trust)),
        ("of_another_name", "The attestation names another block.", (named, named_trust)),
        ("of_another_period", "The anchor is that of another period.", (other, other_trust)),
    ):
        yield case(f"era_{name}_unknown", why, story, "header:not-trusted", trust=trust)
    story, trust = attested(DENEB + 100)
    trust["anchors"]["chain_id"] = 5
    yield case("era_with_anchors_of_another_chain_unknown", "The anchors are another chain's.", story, trust=trust)


def _after(story: Story, *, count: int = 1, step: int = 1, parent: bytes | None = None) -> list[bytes]:
    """Headers that come after the newest proof."""
    made: list[bytes] = []
    before, number = story.last.hash if parent is None else parent, story.last.number
    for i in range(count):
        number += step
        made.append(r.rlp(header(number, LATER + 12 * (i + 1), bytes(32), parent=before)))
        before = r.keccak(made[-1])
    return made


def _attested(story: Story, headers: list[bytes]) -> Story:
    story.headers.append(
        {"block": r.hex0x(story.last.hash), "type": "ancestor", "headers": [r.hex0x(raw) for raw in headers]}
    )
    return story


def _ancestors() -> Iterator[Case]:
    def made(**more: int | bytes) -> tuple[Story, list[bytes]]:
        story = basic().prove(LATER, is_trusted=False)
        headers = _after(story, **more)  # type: ignore[arg-type]
        return _attested(story, headers), headers

    def trusted(raw: bytes) -> Json:
        return {"blocks": [r.hex0x(r.keccak(raw))]}

    story, headers = made(count=3)
    yield case(
        "ancestor_of_three_headers_proved",
        "A chain of headers up to a trusted one.",
        story,
        "header:ancestor",
        trust=trusted(headers[-1]),
    )
    yield case(
        "ancestor_of_a_trusted_one_between_unknown",
        "It is the last one that counts.",
        story,
        "header:not-trusted",
        trust=trusted(headers[1]),
    )
    yield case(
        "ancestor_of_an_untrusted_block_unknown", "Anyone can append headers.", story, "header:not-trusted", trust={}
    )
    for name, why, more in (
        ("with_another_parent", "The first one's parent is another block.", {"parent": bytes(32)}),
        ("with_numbers_that_jump", "Numbers rise by 1.", {"step": 2}),
        ("with_numbers_that_stand", "Numbers rise by 1.", {"step": 0}),
    ):
        story, headers = made(count=2, **more)  # type: ignore[arg-type]
        yield case(f"ancestor_{name}_unknown", why, story, "header:not-trusted", trust=trusted(headers[-1]))
    story, headers = made(count=3)
    story.headers[0]["headers"][1:2] = ["0xc0"]
    yield case("ancestor_with_a_header_that_is_none_unknown", "One is no header.", story, trust=trusted(headers[-1]))
    story, headers = made(count=2)
    last = r.header_read(headers[-1])
    signed = {"number": last.number, "block": r.hex0x(last.hash), "time": LATER}
    story.headers.append({"block": signed["block"], "type": "signed", "note": note("press", chain_id=31337, **signed)})
    policy = {"policy": f"witness press {vkey('press')}\nquorum press\n"}
    yield case(
        "ancestor_of_a_signed_block_proved",
        "The later one may be trusted by a note.",
        story,
        "header:ancestor",
        trust=policy,
    )
    story, headers = made(count=1)
    both = {"blocks": [r.hex0x(story.last.hash), r.hex0x(r.keccak(headers[0]))]}
    yield case(
        "ancestor_that_is_given_too_proved", "The first way that holds is named.", story, "header:given", trust=both
    )
    story, headers = made(count=1)
    story.headers[0]["block"] = "0x" + "12" * 32
    why = "The attestation names another block."
    yield case("ancestor_of_another_name_unknown", why, story, "header:not-trusted", trust=trusted(headers[0]))
    story, headers = made(count=1)
    own = {"number": story.last.number, "block": r.hex0x(story.last.hash), "time": LATER}
    story.headers.append({"block": own["block"], "type": "signed", "note": note("press", chain_id=31337, **own)})
    answers = [{"node": "a", "chain_id": 31337, "finalized": 100, "blocks": {"100": own["block"]}}]
    ways = {**trusted(headers[0]), **policy}
    yield case("ancestor_that_is_signed_too_proved", "The first way that holds.", story, "header:signed", trust=ways)
    ways |= {"nodes": {"quorum": 1, "answers": answers}}
    yield case("signed_and_named_by_nodes_proved", "The first way that holds.", story, "header:rpc", trust=ways)
    story, headers = made(count=1)
    further = r.rlp(header(story.last.number + 2, LATER + 24, bytes(32), parent=r.keccak(headers[0])))
    story.headers.append({"block": r.hex0x(r.keccak(headers[0])), "type": "ancestor", "headers": [r.hex0x(further)]})
    yield case("ancestor_of_an_ancestor_unknown", "The later block is trusted directly.", story, trust=trusted(further))


def _histories() -> Iterator[Case]:
    code = r.keccak(b"code of the history contract")

    def made(
        distance: int, *, code: bytes = code, stored: bytes | None = None, surplus: bool = False
    ) -> tuple[Story, bytes]:
        story = basic().prove(LATER, is_trusted=False)
        place = r.keccak(r.word(story.last.number % 8191))
        content = {
            place: r.rlp(story.last.hash if stored is None else stored),
            r.keccak(r.word(8190)): r.rlp(b"\5" * 32),
        }
        history = trie_of(content)
        key = r.keccak(HISTORY)
        world = trie_of({key: r.rlp([1, 0, history.root_hash, code]), r.keccak(b"other"): b"\1" * 40})
        raw = r.rlp(header(story.last.number + distance, LATER + 12 * distance, world.root_hash))
        nodes = proof(history, place)
        attestation = {"block": r.hex0x(story.last.hash), "type": "history", "header": r.hex0x(raw)}
        attestation |= {"account": [r.hex0x(node) for node in proof(world, key)]}
        story.headers.append({**attestation, "nodes": [r.hex0x(node) for node in [*nodes, *nodes[:surplus]]]})
        return story, raw

    for name, why, (story, raw), verdict in (
        ("1_block", "A later block's state has the hash of its parent.", made(1), "proved"),
        ("8191_blocks", "The state has the last 8,191 hashes.", made(8191), "proved"),
        ("8192_blocks", "The state has the last 8,191 hashes.", made(8192), "unknown"),
        ("0_blocks", "A block does not come after itself.", made(0), "unknown"),
        ("of_no_contract", "The history contract has no code.", made(10, code=r.EMPTY_CODE), "unknown"),
        ("of_another_hash", "The state has another hash.", made(10, stored=b"\7" * 32), "unknown"),
        ("with_a_surplus_node", "Proofs are strict here too.", made(10, surplus=True), "unknown"),
    ):
        code_ = "ancestor" if verdict == "proved" else "not-trusted"
        trust = {"blocks": [r.hex0x(r.keccak(raw))]}
        yield case(f"history_of_{name}_{verdict}", why, story, f"header:{code_}", trust=trust)
    story, _ = made(10)
    yield case("history_of_an_untrusted_block_unknown", "Nothing shows that the later block is one.", story, trust={})
