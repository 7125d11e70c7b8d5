"""Cases of sections 1 and 2: encoding, JSON, the outermost object, and every limit of the format."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import receipt as r
from tests.corpus.case import Case, Json, changed, compact
from tests.corpus.story import CONTRACT, INTAKE, LATER, START, Story, basic, case, opening, role_slot

WORD = "0x" + "ab" * 32


def cases() -> Iterator[Case]:
    """All cases of this module."""
    story = basic().prove(LATER, role_slot(INTAKE)).entry(r.CREATED, basic().filed, 0, by=INTAKE)
    story.acknowledge(r.COMMENTED, r.word(7), START)
    story.headers += [
        {"block": WORD, "type": "signed", "note": "?"},
        {"block": WORD, "type": "ancestor", "headers": ["0xc0"]},
        {"block": WORD, "type": "era", "slot": 0, "branch": [], "body": []},
        {"block": WORD, "type": "history", "header": "0xc0", "account": [], "nodes": []},
    ]
    yield from _texts(story)
    yield from _outermost(story)
    yield from _closed(story)
    yield from _numbers(story)
    yield from _bytes(story)
    yield from _lists(story)
    yield from _entries(story)
    yield _at_the_limits()
    yield _at_their_least()


def _texts(story: Story) -> Iterator[Case]:
    text = compact(story.receipt())
    cut = text[:-1]
    utf16 = text.decode().encode("utf-16")
    for name, why, data, code in (
        ("utf16_of_odd_length", "UTF-16 whose last unit is half.", utf16 + b"\0", "encoding"),
        ("utf16_surrogate", "Half of a pair, as UTF-16.", utf16 + b"\x3d\xd8", "encoding"),
        ("utf8_surrogate", "Half of a pair, as UTF-8 never has it.", cut + b',"x":"\xed\xa0\xbd"}', "encoding"),
        ("two_marks", "Only one byte order mark is one.", b"\xef\xbb\xbf\xef\xbb\xbf" + text, "json"),
        ("control_character", "A line feed in a text is written as \\n.", cut + b',"x":"a\nb"}', "json"),
        ("unknown_escape", "There is no escape \\x.", cut + rb',"x":"\x41"}', "json"),
        ("leading_zero", "A number has no leading zeros.", cut + b',"x":01}', "json"),
        ("no_break_space", "Only space, tab, CR and LF are white space.", "\u00a0".encode() + text, "json"),
        ("comma_at_the_end", "Nothing follows the last member's comma.", cut + b",}", "json"),
        ("key_twice_by_escape", "The key x, written in two ways.", cut + rb',"x":1,"\u0078":2}', "json"),
        ("lone_surrogate_in_a_list", "A text that is no Unicode.", cut + rb',"x":[["\ud83d"]]}', "json"),
        ("number_of_5000_digits", "Numbers are below 2^53.", cut + b',"x":' + b"9" * 5000 + b"}", "json"),
        ("upper_case_word", "The word is true, not True.", cut + b',"x":True}', "json"),
    ):
        yield case(f"{name}_broken", why, story, f"receipt:{code}", receipt=data)
    deep = cut + b',"x":' + b"[" * 63 + b"]" * 63 + b"}"
    yield case("nested_64_deep_proved", "Arrays in arrays, 64 deep with the outer object.", story, receipt=deep)
    yield case(
        "white_space_proved", "White space is free.", story, receipt=b"\r\n\t " + text.replace(b",", b" ,\t") + b"\n"
    )


def _outermost(story: Story) -> Iterator[Case]:
    whole = story.receipt()
    names = ["ﬀ", "😀", "b", "a", "__proto__", "toString", "constructor"]
    yield case(
        "ignored_names_proved",
        "Names are sorted by UTF-16 code units, and no name means anything to the language of the verifier.",
        story,
        receipt={**whole, **dict.fromkeys(names, 1)},
    )
    yield case(
        "openings_of_nothing_proved",
        "Every member of `openings` may be missing, and so may `openings`, `promises` and `headers`.",
        story,
        "identity:not-disclosed",
        receipt={key: each for key, each in whole.items() if key not in ("openings", "promises", "headers")},
    )
    for name, made, code in (
        ("version_0", {**whole, "version": 0}, "newer-version"),
        ("version_2_of_another_form", {"format": r.FORMAT, "version": 2, "moon": 1, "critical": 5}, "newer-version"),
        ("critical_name_and_form", {**whole, "critical": ["moon"], "links": 5}, "unknown-critical"),
    ):
        why = "Version, then `critical`, are read before the form of anything else."
        yield case(f"{name}_unknown", why, story, f"receipt:{code}", receipt=made)
    for name, why, made, code in (
        ("no_format", "Without `format` it is something else.", _without(whole, "format"), "format"),
        ("format_of_no_text", "The format is no text.", {**whole, "format": 1}, "format"),
        ("no_version", "Without a version.", _without(whole, "version"), "shape"),
        ("version_as_text", "A version that is a text.", {**whole, "version": "1"}, "shape"),
        ("version_as_true", "A version that is no number.", {**whole, "version": True}, "shape"),
        ("no_critical", "Without `critical`.", _without(whole, "critical"), "shape"),
        ("critical_as_text", "`critical` is a list.", {**whole, "critical": "moon"}, "shape"),
        (
            "critical_number",
            "`critical` lists texts; its form comes first.",
            {**whole, "critical": [1, "moon"]},
            "shape",
        ),
        ("critical_65", "`critical` has at most 64 names.", {**whole, "critical": ["links"] * 65}, "shape"),
        ("promises_null", "What is missing is not null.", {**whole, "promises": None}, "shape"),
        ("headers_null", "What is missing is not null.", {**whole, "headers": None}, "shape"),
        ("openings_null", "What is missing is not null.", {**whole, "openings": None}, "shape"),
        ("a_text", "JSON that is no object.", b'"receipt"', "shape"),
    ):
        yield case(f"{name}_broken", why, story, f"receipt:{code}", receipt=made)


def _without(value: Json, name: str) -> Json:
    return {key: each for key, each in value.items() if key != name}


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _closed(story: Story) -> Iterator[Case]:
    """Every object but the outermost has all its members, and no others."""
    whole = story.receipt()
    for name, path in (
        ("deployment", ("deployment",)),
        ("complaint", ("complaint",)),
        ("proof", ("proofs", 0)),
        ("block", ("proofs", 0, "block")),
        ("complaint_slot", ("proofs", 0, "slots", 0)),
        ("role_slot", ("proofs", 0, "slots", 1)),
        ("entry", ("promises", 0)),
        ("acknowledgement", ("promises", 1)),
        ("signed", ("headers", 0)),
        ("ancestor", ("headers", 1)),
        ("era", ("headers", 2)),
        ("history", ("headers", 3)),
        ("openings", ("openings",)),
        ("opening", ("openings", "links", "1")),
    ):
        made = deepcopy(whole)
        _at(made, path)["moon"] = 1
        why = f"The object `{name}` has no other members."
        yield case(f"{name}_with_another_member_broken", why, story, "receipt:shape", receipt=made)
    for name, path in (
        ("deployment_without_genesis", ("deployment", "genesis")),
        ("link_without_actor", ("links", 1, "actor")),
        ("proof_without_account", ("proofs", 0, "account")),
        ("slot_without_nodes", ("proofs", 0, "slots", 1, "nodes")),
        ("entry_without_head", ("promises", 0, "head")),
        ("acknowledgement_without_signer", ("promises", 1, "signer")),
        ("signed_without_block", ("headers", 0, "block")),
        ("opening_without_salt", ("openings", "links", "1", "salt")),
        ("filing_without_complainant", ("openings", "complainant")),
    ):
        made = deepcopy(whole)
        del _at(made, path[:-1])[path[-1]]
        yield case(f"{name}_broken", "A member is missing.", story, "receipt:shape", receipt=made)


def _numbers(story: Story) -> Iterator[Case]:
    whole = story.receipt()
    for name, path, values in (
        ("chain_id", ("deployment", "chain_id"), (0,)),
        ("default_sla", ("deployment", "default_sla"), (-1, 2**32)),
        ("escalation_interval", ("deployment", "escalation_interval"), (-1, 2**32)),
        ("max_escalation_level", ("deployment", "max_escalation_level"), (-1, 256)),
        ("sequence", ("links", 0, "sequence"), (0, 2)),
        ("link_type", ("links", 1, "type"), (-1, 16)),
        ("link_time", ("links", 1, "time"), (-1, 2**40)),
        ("entry_type", ("promises", 0, "type"), (-1, 16)),
        ("acknowledged_type", ("promises", 1, "type"), (-1, 16)),
        ("nonce", ("promises", 0, "nonce"), (-1, 2**24)),
        ("valid_until", ("promises", 0, "valid_until"), (-1, 2**40)),
        ("accepted_at", ("promises", 1, "accepted_at"), (-1, 2**40)),
        ("era_slot", ("headers", 2, "slot"), (-1,)),
    ):
        # A filing's nonce is 0, and this is about the range.
        base = changed(whole, "promises", 0, "type", to=r.COMMENTED) if name == "nonce" else whole
        for value in values:
            made = changed(base, *path, to=value)
            side = "too_low" if value < 1 else "too_high"
            yield case(f"{name}_{side}_broken", f"{value} is out of range.", story, "receipt:shape", receipt=made)


def _bytes(story: Story) -> Iterator[Case]:
    """Fixed lengths are exact, the others have bounds."""
    whole = story.receipt()
    for name, path, lengths in (
        ("contract", ("deployment", "contract"), (19, 21)),
        ("genesis", ("deployment", "genesis"), (21, 23)),
        ("id", ("complaint", "id"), (33,)),
        ("actor", ("links", 0, "actor"), (19, 21)),
        ("link_data", ("links", 0, "data"), (33,)),
        ("header", ("proofs", 0, "block", "header"), (0, 4097)),
        ("node", ("proofs", 0, "account", 0), (0, 1025)),
        ("role_account", ("proofs", 0, "slots", 1, "account"), (19, 21)),
        ("promised_data", ("promises", 0, "data"), (31, 33)),
        ("promised_head", ("promises", 0, "head"), (21, 23)),
        ("promised_actor", ("promises", 0, "actor"), (19, 21)),
        ("signature", ("promises", 0, "signature"), (0, 1025)),
        ("acknowledged_data", ("promises", 1, "data"), (31, 33)),
        ("acknowledging_signer", ("promises", 1, "signer"), (19, 21)),
        ("attested_block", ("headers", 0, "block"), (31, 33)),
        ("ancestor_header", ("headers", 1, "headers", 0), (0, 4097)),
        ("history_header", ("headers", 3, "header"), (0, 4097)),
        ("id_salt", ("openings", "salt"), (31, 33)),
        ("complainant", ("openings", "complainant"), (19, 21)),
        ("opening_salt", ("openings", "links", "1", "salt"), (31, 33)),
    ):
        for length in lengths:
            made = changed(whole, *path, to="0x" + "01" * length)
            yield case(f"{name}_of_{length}_bytes_broken", "Another length.", story, "receipt:shape", receipt=made)
    for name, text in (("half_a_byte", "0xabc"), ("no_prefix", "ab" * 32), ("upper_prefix", "0X" + "ab" * 32)):
        made = changed(whole, "links", 0, "data", to=text)
        yield case(f"hex_with_{name}_broken", "Bytes are 0x and pairs of digits.", story, "receipt:shape", receipt=made)


def _lists(story: Story) -> Iterator[Case]:
    whole = story.receipt()
    proof = whole["proofs"][0]
    unknown = {"kind": "moon"}
    evidence = {"of": "evidence", "data": WORD, "nodes": []}
    registry = {"of": "registry", "nodes": []}
    opened = whole["openings"]["links"]["1"]
    for name, why, path, to in (
        ("proofs_65", "At most 64 proofs.", ("proofs",), [proof, *[unknown] * 64]),
        ("slots_257", "At most 256 slots.", ("proofs", 0, "slots"), [proof["slots"][0], *[{"of": "moon"}] * 256]),
        ("nodes_65", "At most 64 nodes.", ("proofs", 0, "account"), ["0x80"] * 65),
        ("no_slots", "The complaint's slot is missing.", ("proofs", 0, "slots"), []),
        (
            "unknown_slot_first",
            "The complaint's slot is the first.",
            ("proofs", 0, "slots"),
            [{"of": "moon"}, *proof["slots"]],
        ),
        ("registry_twice", "One slot, twice.", ("proofs", 0, "slots"), [proof["slots"][0], registry, registry]),
        ("evidence_twice", "One slot, twice.", ("proofs", 0, "slots"), [proof["slots"][0], evidence, evidence]),
        ("unknown_role", "There is no such role.", ("proofs", 0, "slots", 1, "role"), "OWNER_ROLE"),
        ("proof_of_no_kind", "A kind is a text.", ("proofs", 0, "kind"), None),
        ("block_of_no_kind", "A kind is a text.", ("proofs", 0, "block", "kind"), 1),
        ("slot_of_no_kind", "A kind is a text.", ("proofs", 0, "slots", 1, "of"), 1),
        ("proof_of_a_list", "A proof is an object.", ("proofs", 0), []),
        ("promise_of_another_kind", "Promises have two kinds.", ("promises", 1, "kind"), "moon"),
        ("block_of_a_list", "A block is an object.", ("proofs", 0, "block"), []),
        ("slot_of_a_text", "A slot is an object.", ("proofs", 0, "slots", 1), "role"),
        ("link_of_a_list", "A link is an object.", ("links", 1), []),
        ("promise_of_a_list", "A promise is an object.", ("promises", 1), []),
        ("attestation_of_a_list", "An attestation is an object.", ("headers", 0), []),
        ("opening_that_is_a_text", "An opening is an object.", ("openings", "links", "1"), "moon"),
        ("data_of_a_number", "Bytes are a text.", ("links", 0, "data"), 7),
        ("tracking_id_of_a_number", "A tracking id is a text.", ("openings", "tracking_id"), 7),
        ("note_of_a_number", "A note is a text.", ("headers", 0, "note"), 7),
        ("links_of_an_object", "Links are a list.", ("links",), {}),
        ("attestation_of_no_type", "A type is a text.", ("headers", 0, "type"), None),
        ("headers_257", "At most 256 attestations.", ("headers",), [{"type": "moon"}] * 257),
        ("ancestor_of_no_headers", "At least one header.", ("headers", 1, "headers"), []),
        ("ancestor_of_257_headers", "At most 256 headers.", ("headers", 1, "headers"), ["0xc0"] * 257),
        ("branch_of_65_words", "At most 64 words.", ("headers", 2, "branch"), [WORD] * 65),
        ("body_of_65_words", "At most 64 words.", ("headers", 2, "body"), [WORD] * 65),
        ("body_of_a_short_word", "Words of 32 bytes.", ("headers", 2, "body"), [WORD[:-2]]),
        ("note_too_long", "At most 65,536 characters.", ("headers", 0, "note"), "x" * 65_537),
        ("no_tracking_id", "At least one character.", ("openings", "tracking_id"), ""),
        ("tracking_id_too_long", "At most 256 characters.", ("openings", "tracking_id"), "x" * 257),
        ("opening_01", "A sequence has no leading zero.", ("openings", "links"), {"01": opened}),
        ("opening_0", "Sequences begin with 1.", ("openings", "links"), {"0": opened}),
        ("opening_of_no_number", "A sequence is a number.", ("openings", "links"), {"one": opened}),
        ("opening_of_no_promise", "There are two promises.", ("openings", "promises"), {"3": opened}),
        ("opening_of_a_list", "A payload is an object.", ("openings", "links", "1", "payload"), []),
        ("openings_of_a_list", "Openings are an object.", ("openings",), []),
        ("link_openings_null", "What is missing is not null.", ("openings", "links"), None),
    ):
        yield case(f"{name}_broken", why, story, "receipt:shape", receipt=changed(whole, *path, to=to))


def _entries(story: Story) -> Iterator[Case]:
    """What no contract accepts as an entry is none. So a stranger's signature under it says nothing."""
    whole = story.receipt()
    zero = "0x" + "00" * 32
    for name, why, to in (
        ("filing_promised_with_nonce_1", "A filing is the first of a recorder's links.", {"type": 0, "nonce": 1}),
        ("escalation_promised", "Nobody signs an escalation.", {"type": 12, "data": zero}),
        ("objection_promised", "An objection is the complainant's.", {"type": 13}),
        ("pause_promised_with_data", "The entry of a pause has no data.", {"type": 10, "nonce": 2, "data": WORD}),
        ("resumption_promised_with_data", "Nor has that of a resumption.", {"type": 11, "nonce": 2, "data": WORD}),
    ):
        made = deepcopy(whole)
        made["promises"][0] |= to
        made["openings"]["promises"] = {}
        yield case(f"{name}_broken", why, story, "receipt:shape", receipt=made)


def _at_the_limits() -> Case:
    story = basic(tracking_id="😀" * 256, deployment=_greatest()).prove(r.SAFE, number=r.SAFE)
    proof = story.last.receipt
    proof["slots"] += [{"of": "moon"}] * 255
    story.entry(r.COMMENTED, r.word(1), 2**24 - 1, head=b"\xff" * 22, spoil=lambda _: b"\1" * 1024)
    story.acknowledge(r.OBJECTED, r.word(1), r.FOREVER, spoil=lambda _: b"\1")
    story.acknowledge(r.ESCALATED, r.word(1), r.FOREVER, spoil=lambda _: b"\1")
    story.acknowledge(r.SLA_PAUSED, r.word(1), r.FOREVER, spoil=lambda _: b"\1")
    story.headers += [
        {"block": WORD, "type": "signed", "note": "x" * 65_536},
        {"block": WORD, "type": "era", "slot": r.SAFE, "branch": [WORD] * 64, "body": [WORD] * 64},
        {"block": WORD, "type": "ancestor", "headers": ["0xc0"] * 256},
        {
            "block": WORD,
            "type": "history",
            "header": "0x" + "00" * 4096,
            "account": ["0x80"] * 64,
            "nodes": ["0x" + "00" * 1024],
        },
        *[{"type": "moon"}] * 252,
    ]
    whole = story.receipt()
    return case(
        "everything_at_its_limit_proved",
        "As many proofs, slots, words, nodes, attestations and characters as are allowed; characters are code points.",
        story,
        "complete:complete",
        "promise:signature",
        receipt={**whole, "critical": ["openings"] * 64, "proofs": [*whole["proofs"], *[{"kind": "moon"}] * 63]},
    )


def _at_their_least() -> Case:
    own = r.Deployment(1, CONTRACT, bytes(22), 0, 0, 0)
    story = Story(deployment=own, tracking_id="0", filed=opening(r.CREATED, 0)).add(r.CREATED, 0, opening(r.CREATED, 0))
    story.prove(0, number=0).entry(r.COMMENTED, r.word(0), 0, time=0, spoil=lambda _: b"\0")
    story.acknowledge(r.CREATED, r.word(0), 0, spoil=lambda _: b"\0")
    why = "Every number at its least value, in block 0."
    return case("everything_at_its_least_proved", why, story, "complete:complete", "clock:none", "promise:signature")


def _greatest() -> r.Deployment:
    """Every parameter at its greatest value."""
    return r.Deployment(r.SAFE, CONTRACT, b"\xff" * 22, r.NEVER, r.NEVER, 255)
