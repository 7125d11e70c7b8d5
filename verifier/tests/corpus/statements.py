"""Cases of sections 4, 5 and 7: nodes, deployment, the statements, and what the user requires."""

from collections.abc import Iterator

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.story import (
    INTAKE,
    LATER,
    OWN,
    START,
    Story,
    basic,
    case,
    commitment,
    evidence_slot,
    opening,
    role_slot,
)

E = r.EVIDENCE_ANCHORED
OTHER = "0x" + "12" * 32


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _nodes()
    yield from _deployments()
    yield from _bad_trusts()
    yield from _identities()
    yield from _contents()
    yield from _files()
    yield from _required()
    yield from _unknown_blocks()


def _answers(
    story: Story, *said: str | None, chain_id: int = 31337, finalized: int | None = None, quorum: int = 2
) -> Json:
    number = story.last.number
    return {
        "quorum": quorum,
        "answers": [
            {
                "node": f"{'zba'[i]}.example",
                "chain_id": chain_id,
                "finalized": number if finalized is None else finalized,
            }
            | {"blocks": {str(number): each}}
            for i, each in enumerate(said)
        ],
    }


def _nodes() -> Iterator[Case]:
    story = basic().prove(LATER)
    own = r.hex0x(story.last.hash)
    for name, why, nodes, verdict, code in (
        (
            "say_it_is_final",
            "Final up to this very block. Names are sorted.",
            _answers(story, own, own),
            "proved",
            "rpc",
        ),
        ("agree_2_to_1", "Two of three agree, and two are enough.", _answers(story, OTHER, own, own), "proved", "rpc"),
        (
            "of_quorum_1",
            "One node is enough if the user says so.",
            _answers(story, OTHER, own, quorum=1),
            "proved",
            "rpc",
        ),
        (
            "of_another_chain",
            "Nodes of another chain say nothing.",
            _answers(story, own, own, chain_id=1),
            "unknown",
            "not-trusted",
        ),
        (
            "of_another_chain_differ",
            "Nor do they contradict.",
            _answers(story, OTHER, OTHER, chain_id=1),
            "unknown",
            "not-trusted",
        ),
        (
            "say_it_is_not_final",
            "Final up to the block before.",
            _answers(story, OTHER, OTHER, finalized=99),
            "unknown",
            "not-trusted",
        ),
        (
            "name_one_hash_and_none",
            "One other hash, and none: they do not agree.",
            _answers(story, OTHER, None),
            "unknown",
            "not-trusted",
        ),
        (
            "name_two_hashes",
            "Two other hashes: they do not agree.",
            _answers(story, OTHER, "0x" + "13" * 32),
            "unknown",
            "not-trusted",
        ),
        (
            "know_no_such_block",
            "Two nodes have no such block.",
            _answers(story, None, None),
            "contradicted",
            "other-block",
        ),
        (
            "know_another_block",
            "Two nodes have another block.",
            _answers(story, OTHER, own, OTHER),
            "contradicted",
            "other-block",
        ),
    ):
        yield case(f"nodes_{name}_{verdict}", why, story, f"header:{code}", trust={"nodes": nodes})
    newer = basic().prove(LATER).prove(LATER + 12)
    first, last = (r.hex0x(each.hash) for each in newer.proven)
    orphaned = _answers(newer, last, last)
    for answer in orphaned["answers"]:
        answer["blocks"]["100"] = OTHER
    for name, why, trust, required, verdict in (
        (
            "before_a_trusted_one",
            "The older block fell out of the chain, and the newer one decides.",
            {"nodes": orphaned},
            (),
            "proved",
        ),
        (
            "that_is_required",
            "The older block fell out of the chain, and the user wants both.",
            {"nodes": orphaned},
            ("header",),
            "unknown",
        ),
        (
            "and_a_contract_that_differs",
            "Everything else that is contradicted still counts.",
            {"nodes": orphaned, "deployment": {"contract": "0x" + "11" * 20}},
            (),
            "contradicted",
        ),
        (
            "after_a_trusted_one",
            "The newest block is not on the chain, and no newer one is trusted.",
            {"blocks": [first], "nodes": _answers(newer, OTHER, OTHER)},
            (),
            "contradicted",
        ),
    ):
        title = f"other_block_{name}_{verdict}"
        yield case(title, why, newer, "header:other-block", trust=trust, require=required)
    both = {**story.trust, "nodes": _answers(story, OTHER, OTHER)}
    yield case(
        "given_although_nodes_differ_proved", "The ways are tried in their order.", story, "header:given", trust=both
    )
    silent = _answers(story, own, own)
    silent["answers"][1]["blocks"] = {"7": own}
    yield case(
        "nodes_of_which_one_is_silent_unknown",
        "One was not asked.",
        story,
        "header:not-trusted",
        trust={"nodes": silent},
    )


def _deployments() -> Iterator[Case]:
    story = basic().prove(LATER)
    contract, other = r.hex0x(OWN.contract), "0x" + "11" * 20
    for name, why, given, verdict, code in (
        (
            "in_upper_case",
            "Texts are compared without regard to case.",
            {"contract": contract.upper()},
            "proved",
            "as-published",
        ),
        (
            "by_its_address",
            "`address`, as the operator's artifact has it.",
            {"address": contract, "abi": []},
            "proved",
            "as-published",
        ),
        ("without_an_address", "Without an address nothing is published.", {"chain_id": 31337}, "proved", "not-given"),
        (
            "of_another_address",
            "Both members are compared.",
            {"contract": contract, "address": other},
            "contradicted",
            "differs",
        ),
        (
            "of_another_genesis",
            "Another genesis, without an address.",
            {"genesis": "0x" + "11" * 22},
            "contradicted",
            "differs",
        ),
        (
            "with_a_chain_id_as_text",
            "A text is no number.",
            {"contract": contract, "chain_id": "31337"},
            "contradicted",
            "differs",
        ),
        (
            "of_other_clocks",
            "Names are sorted.",
            {"max_escalation_level": 4, "default_sla": 0, "contract": other},
            "contradicted",
            "differs",
        ),
    ):
        trust = {**story.trust, "deployment": given}
        yield case(f"deployment_{name}_{verdict}", why, story, f"deployment:{code}", trust=trust)
    first = basic(deployment=r.Deployment(**{**OWN.__dict__, "chain_id": 1})).prove(LATER)
    trust = {**first.trust, "deployment": {"contract": contract, "chain_id": True}}
    yield case(
        "deployment_with_true_for_1_contradicted", "`true` is no number.", first, "deployment:differs", trust=trust
    )


def _bad_trusts() -> Iterator[Case]:
    story = basic().prove(LATER)
    own = r.hex0x(story.last.hash)
    nodes = _answers(story, own, own)
    twice = {"quorum": 2, "answers": [nodes["answers"][0]] * 2}
    bad = {"quorum": 2, "answers": [{**nodes["answers"][0], "blocks": {"0100": own}}]}
    lists = {"quorum": 2, "answers": [{**nodes["answers"][0], "blocks": [own]}]}
    nameless = {"quorum": 2, "answers": [{**nodes["answers"][0], "node": 1}]}
    for name, why, trust in (
        ("with_another_member", "Trust is closed.", {"moon": 1}),
        ("with_null", "What is missing is not null.", {"blocks": [own], "deployment": None}),
        ("in_upper_case", "Hex digits are lower-case.", {"blocks": [own.upper().replace("0X", "0x")]}),
        ("of_short_blocks", "A hash has 32 bytes.", {"blocks": [own[:-2]]}),
        ("of_blocks_that_are_no_list", "A list of hashes.", {"blocks": {own: 1}}),
        ("of_a_policy_that_is_no_text", "A policy is a text.", {"policy": 1}),
        ("of_a_deployment_that_is_a_list", "A deployment is an object.", {"deployment": []}),
        ("of_quorum_0", "At least one node must agree.", {"nodes": {**nodes, "quorum": 0}}),
        ("of_quorum_101", "At most 100 nodes.", {"nodes": {**nodes, "quorum": 101}}),
        ("of_answers_that_are_lists", "Hashes by number.", {"nodes": lists}),
        ("of_node_without_a_name", "A name is a text.", {"nodes": nameless}),
        ("without_a_quorum", "The quorum is the user's to say.", {"nodes": {"answers": []}}),
        ("of_a_node_twice", "One node is one, however often it answers.", {"nodes": twice}),
        ("of_a_number_of_0100", "Numbers have no leading zeros.", {"nodes": bad}),
        ("of_anchors_without_a_chain", "Anchors are a chain's.", {"anchors": {"periods": {}}}),
        (
            "of_anchors_with_another_member",
            "Anchors are closed.",
            {"anchors": {"chain_id": 1, "periods": {}, "moon": 1}},
        ),
        ("of_periods_that_are_a_list", "Roots by number.", {"anchors": {"chain_id": 1, "periods": []}}),
        ("of_a_period_of_01", "Numbers have no leading zeros.", {"anchors": {"chain_id": 1, "periods": {"01": own}}}),
    ):
        yield case(f"trust_{name}_error", why, story, trust=trust)


def _identities() -> Iterator[Case]:
    story = basic().prove(LATER)
    story.openings["1"] = opening(r.CREATED, START, by="u-8")
    why = "The filing is the opening of link 1, and then its data does not matter."
    yield case("identity_of_another_opening_contradicted", why, story, "identity:id-differs", "content:payload-differs")
    story = basic().prove(LATER)
    del story.openings["1"]
    yield case("identity_of_the_link_proved", "Without openings it is link 1 itself.", story, "identity:id-matches")
    story = basic().prove(LATER).entry(r.CREATED, opening(r.CREATED, START, by="u-8"), 0)
    del story.openings["1"]
    why = "An opened promise of a filing comes before link 1."
    yield case("identity_of_another_promise_contradicted", why, story, "identity:id-differs")
    story = Story().prove(LATER)
    story.entry(r.CREATED, commitment(story.filed), 0, by=INTAKE)
    yield case(
        "identity_of_an_entry_proved", "Without links it is the first entry of a filing.", story, "identity:id-matches"
    )
    story = Story().prove(LATER).entry(r.COMMENTED, r.word(1), 1)
    story.entry(r.CREATED, commitment(story.filed), 0, by=INTAKE)
    yield case("identity_of_the_second_entry_proved", "The first of a filing.", story, "identity:id-matches")
    story = Story().prove(LATER).entry(r.COMMENTED, opening(r.COMMENTED, START), 1)
    story.entry(r.CREATED, story.filed, 0, by=INTAKE)
    yield case("identity_of_the_second_opening_proved", "The first of a filing.", story, "identity:id-matches")
    story = Story().prove(LATER)
    story.acknowledge(r.CREATED, story.filed, START)
    yield case(
        "identity_of_an_opened_acknowledgement_proved",
        "Opened, an acknowledgement serves.",
        story,
        "identity:id-matches",
    )
    story = Story().prove(LATER)
    story.acknowledge(r.CREATED, commitment(story.filed), START)
    yield case("identity_of_an_acknowledgement_proved", "Not opened, it does not.", story, "identity:not-disclosed")
    story = basic(complainant=b"\5" * 20).prove(LATER)
    made = story.receipt()
    made["openings"]["complainant"] = "0x" + "00" * 20
    yield case(
        "identity_of_another_complainant_contradicted",
        "The id names who may object.",
        story,
        "identity:id-differs",
        receipt=made,
    )


def _contents() -> Iterator[Case]:
    for name, moment in (
        ("leap_second", "2026-12-31T23:59:60.000Z"),
        ("year_0", "0000-02-29T00:00:00.000Z"),
        ("30_february", "2027-02-30T00:00:00.000Z"),
        ("hour_24", "2027-01-15T24:00:00.000Z"),
        ("an_offset", "2027-01-15T08:00:00.000+00:00"),
        ("microseconds", "2027-01-15T08:00:00.000000Z"),
        ("no_fraction", "2027-01-15T08:00:00Z"),
        ("other_digits", "２027-01-15T08:00:00.000Z"),
        ("lower_case", "2027-01-15t08:00:00.000z"),
        ("a_number", START),
    ):
        made = opening(r.COMMENTED, START)
        made["payload"]["occurred_at"] = moment
        story = basic().add(r.COMMENTED, START + 200, made).prove(LATER)
        yield case(f"occurred_at_{name}_proved", "No time as payloads have it: left out.", story, "content:opened")
    for name, moment in (
        ("first", "0001-01-01T00:00:00.000Z"),
        ("last", "9999-12-31T23:59:59.999Z"),
        ("29_february", "2024-02-29T12:00:00.500Z"),
    ):
        made = opening(r.COMMENTED, START)
        made["payload"]["occurred_at"] = moment
        story = basic().add(r.COMMENTED, START + 200, made).prove(LATER)
        yield case(f"occurred_at_{name}_proved", "Whole seconds count.", story, "content:opened")
    made = opening(r.COMMENTED, START)
    del made["payload"]["occurred_at"]
    made["payload"]["witnessed"] = 1
    story = basic().add(r.COMMENTED, START + 200, made).prove(LATER)
    yield case("content_without_a_time_proved", "Nor is it witnessed: only `true` says so.", story, "content:opened")
    story = basic().prove(LATER, is_trusted=False)
    story.links[1] = story.links[1]._replace(type=r.NOTED)
    yield case("type_differs_and_not_covered_unknown", "The link may be another.", story, "content:not-covered")
    story = basic()
    story.links[1] = story.links[1]._replace(type=r.NOTED)
    yield case(
        "type_differs_contradicted", "The payload is that of a comment.", story.prove(LATER), "content:type-differs"
    )


def _files() -> Iterator[Case]:
    file = b"the bytes"
    digest = r.hashlib.sha256(file).hexdigest()

    def evidence(at: int, **more: int) -> Json:
        return opening(E, at, sha256=digest, **more)

    story = basic().add(E, START + 200, evidence(START)).add(E, START + 300, evidence(START + 1)).prove(LATER)
    yield case("file_of_two_links_proved", "The first link counts.", story, "file:of-link", files={"a.bin": file})
    spoilt = evidence(START)
    story = basic().add(E, START + 200, evidence(START)).prove(LATER)
    story.openings["3"] = {**spoilt, "payload": {**spoilt["payload"], "size": 5}}
    why = "The payload that names the file is not the link's."
    yield case("file_of_a_contradicted_payload_contradicted", why, story, "file:not-covered", files={"a.bin": file})
    story = basic().add(r.COMMENTED, START + 200, opening(r.COMMENTED, START, sha256=digest)).prove(LATER)
    why = "A comment with a hash is no evidence."
    yield case("file_named_by_a_comment_contradicted", why, story, "file:not-recorded", files={"a.bin": file})
    for name, why, kind, opened, code in (
        ("acknowledged", "It was acknowledged, and nothing shows its link.", E, True, "not-covered"),
        ("acknowledged_as_a_comment", "A comment with a hash is no evidence.", r.COMMENTED, True, "not-recorded"),
        ("acknowledged_and_not_opened", "Nothing says what was acknowledged.", E, False, "not-recorded"),
    ):
        story = basic(E).prove(LATER).acknowledge(kind, opening(kind, START, sha256=digest), START)
        if not opened:
            story.promise_openings.clear()
        verdict = "unknown" if code == "not-covered" else "contradicted"
        yield case(f"file_{name}_{verdict}", why, story, f"file:{code}", files={"a.bin": file})
    story = basic(E).prove(LATER)
    story.add(r.NOTED, START + 600).prove(LATER + 1)
    story.links.pop()
    del story.openings["4"]
    why = "All evidence shown is disclosed, and there may be more."
    yield case(
        "file_when_links_are_withheld_unknown", why, story, "file:not-disclosed", "more:more", files={"b.bin": b"other"}
    )
    yield case(
        "file_when_there_is_no_evidence_contradicted",
        "None of it is this file.",
        basic().prove(LATER),
        "file:not-recorded",
        files={"b.bin": b"x"},
    )
    story = basic().prove(LATER, is_trusted=False)
    yield case(
        "file_without_a_trusted_block_unknown", "Nothing is known.", story, "file:not-disclosed", files={"b.bin": b"x"}
    )


def _required() -> Iterator[Case]:
    story = basic().prove(LATER, role_slot(INTAKE))
    role = f"role@100/INTAKE_ROLE/{role_slot(INTAKE)['account']}"
    for name, why, required, verdict in (
        ("an_id", "A statement that is proved.", role, "proved"),
        ("a_name", "All statements of the name are proved.", "role", "proved"),
        ("a_missing_id", "There is no such statement.", "content/9", "unknown"),
        ("a_missing_name", "There is no such statement.", "promise", "unknown"),
        ("a_part_of_a_name", "Names are whole.", "con", "unknown"),
        ("a_part_of_an_id", "Ids are whole.", "role@100/INTAKE_ROLE", "unknown"),
        ("an_undisclosed_deployment", "It is not given.", "deployment", "unknown"),
    ):
        yield case(f"required_{name}_{verdict}", why, story, require=(required,))
    story = basic().prove(LATER - 5, is_trusted=False).prove(LATER)
    yield case(
        "required_name_with_an_untrusted_block_unknown", "All of them must be proved.", story, require=("header",)
    )
    yield case("untrusted_block_beside_a_trusted_one_proved", "Not required, it does no harm.", story)


def _unknown_blocks() -> Iterator[Case]:
    data = basic(E).links[2].data
    slots = (evidence_slot(data), {"of": "registry"}, role_slot(INTAKE))
    story = basic(E).prove(LATER, *slots, is_trusted=False)
    yield case("slots_of_an_untrusted_block_unknown", "Nothing is said about them.", story, "state:header-not-trusted")
    for i, name in enumerate(("evidence", "registry", "role"), 1):
        story = basic(E).prove(LATER, *slots, is_trusted=False)
        story.last.receipt["slots"][i]["nodes"].pop()
        why = "A damaged proof is damaged, whatever is trusted."
        yield case(f"broken_{name}_of_an_untrusted_block_broken", why, story, "state:header-not-trusted")
    story = basic(E).prove(LATER, *slots, code=r.keccak(b"other code"))
    yield case("slots_of_unknown_code_unknown", "Nothing is said about them.", story, "code:unknown-code")
    story = basic().prove(LATER)
    story.last.receipt["account"].pop()
    story.add(r.NOTED, START + 500)
    story.last.receipt["slots"][0]["nodes"] = []
    yield case(
        "broken_and_contradicted_broken",
        "A damaged file says nothing about the operator.",
        story,
        "state:proof",
        trust={**story.trust, "deployment": {"contract": "0x" + "11" * 20}},
    )
