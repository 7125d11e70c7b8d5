"""Cases of section 6: signatures, roles, nonces, times and delays of what was promised."""

from collections.abc import Iterator

import receipt as r
from tests.corpus.case import Case
from tests.corpus.story import (
    DAY,
    INTAKE,
    LATER,
    RELAY,
    START,
    STRANGER,
    Story,
    basic,
    case,
    commitment,
    evidence_slot,
    opening,
    role_slot,
)

E = r.EVIDENCE_ANCHORED
OTHER = r.keccak(b"something else")
ZERO = bytes(32)
RECORDER = role_slot(RELAY, "RECORDER_ROLE")
MANAGER = role_slot(RELAY, "SLA_MANAGER_ROLE")
INTAKES = role_slot(INTAKE)


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _signatures()
    yield from _strangers()
    yield from _altered()
    yield from _impossible()
    yield from _entries()
    yield from _clocks()
    yield from _open()
    yield from _acknowledged()
    yield from _roles()
    yield from _delays()
    yield from _undecided()


def _signatures() -> Iterator[Case]:
    order = r.ORDER

    def with_part(first: int, last: int, value: bytes) -> Story:
        def spoil(signature: bytes) -> bytes:
            return signature[:first] + value + signature[last:]

        return basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 2, spoil=spoil)

    for name, why, story in (
        ("of_64_bytes", "65 bytes.", with_part(64, 65, b"")),
        ("of_66_bytes", "65 bytes.", with_part(65, 65, b"\0")),
        ("with_v_0", "v is 27 or 28.", with_part(64, 65, b"\0")),
        ("with_v_29", "v is 27 or 28.", with_part(64, 65, b"\x1d")),
        ("with_r_0", "r is not 0.", with_part(0, 32, bytes(32))),
        ("with_r_of_the_order", "r is below the order.", with_part(0, 32, r.word(order))),
        ("with_s_0", "s is not 0.", with_part(32, 64, bytes(32))),
        ("with_s_of_half_and_one", "s is at most half of the order.", with_part(32, 64, r.word(order // 2 + 1))),
        ("of_no_point", "r is no point's.", with_part(0, 32, r.word(5))),
    ):
        yield case(f"signature_{name}_unknown", why, story, "promise:signature", require=("promise",))
    for name, change in (
        ("nonce", {"nonce": 3}),
        ("head", {"head": "0x" + "11" * 22}),
        ("type", {"type": r.NOTED}),
        ("valid_until", {"valid_until": 5}),
    ):
        story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 2)
        story.promises[0] |= change
        why = "The signature is of something else."
        yield case(f"entry_with_another_{name}_unknown", why, story, "promise:signature", require=("promise",))


def _strangers() -> Iterator[Case]:
    """Anyone can sign anything, so that only a key with the role speaks for the operator."""
    story = basic().prove(LATER).entry(r.CREATED, OTHER, 0, by=STRANGER)
    yield case(
        "exchange_by_a_stranger_unknown",
        "A stranger's word accuses nobody.",
        story,
        "promise:role-not-shown",
        require=("promise",),
    )
    story = basic().prove(LATER, is_trusted=False).entry(r.CREATED, OTHER, 0, by=INTAKE)
    yield case(
        "exchange_without_a_block_unknown", "Nothing shows whose key it is.", story, "promise:header-not-trusted"
    )
    story = Story().prove(LATER, INTAKES).entry(r.CREATED, OTHER, 0, by=INTAKE)
    story.acknowledge(r.CREATED, story.filed, START)
    why = "The key had its role, and signed a filing that does not give the id."
    yield case("exchange_by_the_operator_contradicted", why, story, "promise:exchanged", "identity:id-matches")
    story = Story().add(r.CREATED, START, OTHER).prove(LATER, INTAKES).entry(r.CREATED, OTHER, 0, by=INTAKE)
    story.acknowledge(r.CREATED, story.filed, START)
    why = "It is not kept by recording the exchange: another filing in the receipt gives the id."
    yield case("exchange_that_was_recorded_contradicted", why, story, "promise:exchanged", "identity:id-matches")
    story = Story().add(r.CREATED, START, OTHER).prove(LATER, INTAKES).entry(r.CREATED, OTHER, 0, by=INTAKE)
    story.openings["1"] = story.filed
    why = "What is disclosed for link 1 gives the id, and is neither what was recorded nor what was promised."
    yield case("exchange_shown_by_an_opening_contradicted", why, story, "promise:exchanged", "content:payload-differs")
    story = basic().prove(LATER, INTAKES).entry(r.CREATED, OTHER, 0, by=INTAKE)
    del story.openings["1"]
    why = "The filing that was recorded gives the id, and the promised one does not."
    yield case("exchange_shown_by_the_link_contradicted", why, story, "promise:exchanged")
    story = Story().add(r.CREATED, START, OTHER).prove(LATER)
    story.entry(r.CREATED, story.filed, 0, by=STRANGER)
    why = "The filing on the chain does not give the id, and the promised one does: that needs nobody's role."
    yield case("contradicted_by_the_id_alone_contradicted", why, story, "promise:contradicted")
    story = basic().prove(LATER, role_slot(STRANGER, "RECORDER_ROLE")).entry(r.COMMENTED, OTHER, 1, by=STRANGER)
    yield case(
        "comment_by_a_stranger_unknown",
        "The account never had the role.",
        story,
        "promise:role-not-shown",
        require=("promise",),
    )
    story = basic().prove(LATER).entry(r.COMMENTED, basic().links[1].data, 1, by=STRANGER)
    yield case(
        "kept_whoever_signed_proved",
        "What is on the chain is on the chain.",
        story,
        "promise:kept",
        require=("promise",),
    )


def _altered() -> Iterator[Case]:
    """Nobody signs tracking id, salt and complainant, so that any holder of a receipt can alter them."""
    for name, value in (
        ("tracking_id", "STORx"),
        ("salt", r.hex0x(r.word(1))),
        ("complainant", r.hex0x(b"\5" * 20)),
    ):
        story = basic().prove(LATER, INTAKES).entry(r.CREATED, commitment(basic().filed), 0, by=INTAKE)
        altered = story.receipt()
        altered["openings"][name] = value
        why = "Nothing gives the id with what is disclosed. The promised filing is the recorded one: kept."
        title = f"kept_though_the_{name}_was_altered_contradicted"
        yield case(title, why, story, "promise:kept", "identity:id-differs", receipt=altered)
    story = Story().prove(LATER, INTAKES)
    story.entry(r.CREATED, story.filed, 0, by=INTAKE)
    altered = story.receipt()
    altered["openings"]["tracking_id"] = "STORx"
    why = (
        "Nothing gives the id with what is disclosed, so nobody knows whether the promise or the tracking id is wrong."
    )
    name = "open_though_the_tracking_id_was_altered_contradicted"
    yield case(name, why, story, "promise:id-differs", "identity:id-differs", receipt=altered)
    story = Story().prove(LATER, INTAKES).entry(r.CREATED, OTHER, 0, by=INTAKE)
    why = "The only filing in the receipt does not give the id: that is no evidence that there was another."
    yield case("exchange_that_nothing_shows_contradicted", why, story, "promise:id-differs")
    story = Story().add(r.CREATED, START, OTHER).prove(LATER, INTAKES)
    story.entry(r.CREATED, r.keccak(b"a third one"), 0, by=INTAKE)
    why = "Neither the recorded filing nor the promised one gives the id, and they differ."
    yield case("another_filing_though_nothing_gives_the_id_contradicted", why, story, "promise:contradicted")


def _impossible() -> Iterator[Case]:
    """Entries that could not land where another link took their nonce."""
    for name, until, verdict, code in (
        ("expired_a_second_before_the_link", START + 99, "proved", "expired"),
        ("valid_in_the_second_of_the_link", START + 100, "contradicted", "contradicted"),
    ):
        story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 1, time=until)
        yield case(f"{name}_{verdict}", "Another link has the nonce.", story, f"promise:{code}", require=("promise",))
    story = basic().prove(LATER, INTAKES).entry(r.COMMENTED, OTHER, 1, time=START + 99)
    why = "Another link has the nonce, and nothing shows whose key it is."
    yield case("expired_by_a_stranger_unknown", why, story, "promise:role-not-shown", require=("promise",))
    story = Story().add(r.CREATED, START, OTHER).prove(LATER)
    story.entry(r.CREATED, story.filed, 0, by=INTAKE, time=START - 1)
    why = "The id shows that the filing was exchanged, however long the promise was valid."
    yield case("expired_and_contradicted_by_the_id_contradicted", why, story, "promise:contradicted")

    def bound(sequence: int, *kinds: int) -> Story:
        """An entry for the last link's nonce, bound to the head after link `sequence`."""
        story = basic(*kinds)
        head = r.heads_of(story.deployment, story.id, story.links)[sequence]
        nonce = sum(1 for kind in (r.CREATED, r.COMMENTED, *kinds) if kind != r.OBJECTED) - 1
        return story.prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, nonce, head=head)

    yield case(
        "bound_to_the_head_before_the_link_contradicted",
        "It could have landed there, and another link did.",
        bound(1),
        "promise:contradicted",
    )
    yield case(
        "bound_to_the_head_behind_an_objection_contradicted",
        "It could have landed there, and another link did.",
        bound(3, r.OBJECTED, r.NOTED),
        "promise:contradicted",
    )
    for name, story in (
        ("the_head_before_an_objection", bound(2, r.OBJECTED, r.NOTED)),
        ("the_head_of_the_link", bound(2)),
        ("no_head", basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 1, head=b"\x77" * 22)),
    ):
        why = "It is bound to other links before it, so it could not land where another link has the nonce."
        yield case(f"bound_to_{name}_unknown", why, story, "promise:other-head", require=("promise",))
    story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 1, head=b"\x77" * 22, time=START + 99)
    why = "It had expired, and was bound to another head: the first holds."
    yield case("expired_and_bound_to_another_head_proved", why, story, "promise:expired", require=("promise",))
    for name, head, code in (
        ("genesis", Story().deployment.genesis, "contradicted"),
        ("another_head", b"\x77" * 22, "other-head"),
    ):
        story = Story().add(r.CREATED, START, OTHER).prove(LATER, INTAKES)
        story.entry(r.CREATED, r.keccak(b"a third one"), 0, by=INTAKE, head=head)
        why = "Before the first link, the head is `genesis`."
        yield case(f"filing_bound_to_{name}_contradicted", why, story, f"promise:{code}", "identity:id-differs")


def _entries() -> Iterator[Case]:
    story = Story().add(r.CREATED, START).add(r.OBJECTED, START + 50).add(r.COMMENTED, START + 100)
    recorded = story.links[2].data
    story.prove(LATER, RECORDER).entry(r.COMMENTED, recorded, 1).entry(r.COMMENTED, OTHER, 1).entry(
        r.NOTED, recorded, 1
    )
    why = "Objections do not count in the nonce. The same data under another type is another link."
    yield case("behind_an_objection_contradicted", why, story, "promise:kept", "promise:contradicted")
    due = START + 30 * DAY
    story = Story().add(r.CREATED, START).add(r.ESCALATED, due + 1).add(r.COMMENTED, due + 1)
    story.prove(due + 2, RECORDER).entry(r.COMMENTED, story.links[2].data, 1)
    yield case(
        "behind_an_escalation_proved",
        "Escalations do not count in the nonce.",
        story,
        "promise:kept",
        require=("promise",),
    )
    story = basic().prove(LATER).entry(r.COMMENTED, basic().links[1].data, 1, head=b"\x77" * 22)
    yield case(
        "kept_under_another_head_proved", "What was promised is there.", story, "promise:kept", require=("promise",)
    )
    story = basic().prove(LATER, is_trusted=False).entry(r.COMMENTED, basic().links[1].data, 1)
    story.prove(LATER + 1, RECORDER, word=story.word(event_count=3))
    yield case(
        "link_that_is_not_covered_unknown",
        "The link is shown, and nothing covers it.",
        story,
        "promise:incomplete",
        "more:more",
    )
    story = basic(r.NOTED).prove(LATER, RECORDER)
    story.links.pop()
    del story.openings["3"]
    story.entry(r.NOTED, OTHER, 2)
    yield case(
        "link_that_is_withheld_unknown", "The link that decides is withheld.", story, "promise:incomplete", "more:more"
    )


def _clocks() -> Iterator[Case]:
    """The entry of a pause or a resumption has no data, and its link has what the clock showed."""
    story = basic(r.SLA_PAUSED, r.SLA_RESUMED).prove(LATER, MANAGER)
    story.entry(r.SLA_PAUSED, ZERO, 2).entry(r.SLA_RESUMED, ZERO, 3)
    yield case(
        "pause_and_resumption_promised_proved", "Kept by their type.", story, "promise:kept", require=("promise",)
    )
    story = basic(r.SLA_PAUSED).prove(LATER, MANAGER).entry(r.SLA_RESUMED, ZERO, 2)
    yield case(
        "resumption_promised_and_paused_contradicted", "Another link has the nonce.", story, "promise:contradicted"
    )
    story = basic(r.SLA_PAUSED, r.SLA_RESUMED, r.SLA_PAUSED).prove(LATER)
    story.acknowledge(r.SLA_PAUSED, ZERO, START + 150).acknowledge(r.SLA_PAUSED, ZERO, START + 350)
    story.acknowledge(r.SLA_RESUMED, ZERO, START + 350).acknowledge(r.SLA_PAUSED, ZERO, START + 200)
    why = "The first since then counts. If there is none, the last, since the operator's clock may be ahead."
    yield case("pauses_acknowledged_proved", why, story, "promise:recorded", require=("promise",))
    deadline = r.word(START + 9 * DAY)
    story = basic().add(r.SLA_DEADLINE_SET, START + 200, deadline).prove(LATER, MANAGER)
    story.entry(r.SLA_DEADLINE_SET, deadline, 2).entry(r.SLA_DEADLINE_SET, r.word(START + 8 * DAY), 2)
    yield case(
        "another_deadline_contradicted",
        "A deadline is named by its entry.",
        story,
        "promise:kept",
        "promise:contradicted",
    )


def _open() -> Iterator[Case]:
    for name, until, code in (("now", LATER, "open"), ("a_second_ago", LATER - 1, "expired")):
        story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 2, time=until)
        yield case(
            f"valid_until_{name}_proved", "Valid in its last second.", story, f"promise:{code}", require=("promise",)
        )
    why = "The chain has not used the nonce. Whether the contract would still accept the entry is not said."
    story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 2, head=b"\x77" * 22)
    yield case("open_under_another_head_proved", why, story, "promise:open", require=("promise",))
    story = basic(r.CLOSED).prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 3)
    yield case("open_though_closed_proved", why, story, "promise:open", require=("promise",))
    story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, OTHER, 7)
    yield case(
        "open_with_a_later_nonce_proved", "Other entries come first.", story, "promise:open", require=("promise",)
    )

    def void(*, until: int = r.FOREVER, shown: bool = True) -> Story:
        story = Story().prove(START, INTAKES)
        story.grant(INTAKE, value=0)
        story.prove(LATER, *((INTAKES,) if shown else ()))
        return story.entry(r.CREATED, story.filed, 0, by=INTAKE, time=until)

    yield case(
        "void_and_expired_proved", "Void comes first.", void(until=START + 1), "promise:void", require=("promise",)
    )
    why = "The newest block does not show the role."
    yield case("void_that_is_not_shown_proved", why, void(shown=False), "promise:open", require=("promise",))
    story = Story()
    story.grant(INTAKE, value=0)
    story.prove(START, INTAKES)
    story.grant(INTAKE)
    story.prove(START + 10, INTAKES).prove(LATER).entry(r.CREATED, story.filed, 0, by=INTAKE)
    yield case(
        "role_granted_later_proved",
        "It had no role at first, then it had.",
        story,
        "promise:open",
        require=("promise",),
    )


def _acknowledged() -> Iterator[Case]:
    comment = basic().links[1].data
    story = basic().prove(LATER).acknowledge(r.COMMENTED, comment, LATER - 10)
    yield case(
        "recorded_before_it_was_accepted_proved",
        "The operator's clock is its own.",
        story,
        "promise:recorded",
        require=("promise",),
    )
    story = basic().prove(LATER, INTAKES).acknowledge(r.COMMENTED, OTHER, LATER + 500)
    yield case(
        "accepted_after_the_block_proved",
        "The operator's clock is its own.",
        story,
        "promise:not-recorded",
        require=("promise",),
    )
    story = basic().prove(LATER, INTAKES).acknowledge(r.NOTED, comment, START)
    yield case(
        "acknowledged_as_another_type_proved",
        "A note was acknowledged, and a comment recorded.",
        story,
        "promise:not-recorded",
        require=("promise",),
    )
    made = opening(r.COMMENTED, START + 95)
    story = basic().add(r.COMMENTED, START + 200, made).prove(LATER).acknowledge(r.COMMENTED, comment, START + 50)
    yield case(
        "recorded_twice_proved", "The first one since then counts.", story, "promise:recorded", require=("promise",)
    )
    story = basic(r.NOTED).prove(LATER, INTAKES).acknowledge(r.COMMENTED, OTHER, START)
    story.prove(LATER + 10, INTAKES, word=story.word(event_count=4))
    why = "An older block shows that it was missing. The newest one does not, since links are withheld."
    yield case("missing_at_an_older_block_only_unknown", why, story, "promise:incomplete")
    story = basic(r.NOTED).prove(LATER, INTAKES, evidence_slot(OTHER))
    story.links.pop()
    del story.openings["3"]
    story.acknowledge(r.COMMENTED, OTHER, START).acknowledge(E, r.keccak(b"another file"), START)
    why = "An empty anchor is that of one evidence, and of no comment."
    yield case("anchor_of_something_else_unknown", why, story, "promise:incomplete", "unanchored:unanchored")


def _roles() -> Iterator[Case]:
    for name, kind, slot, nonce, data in (
        ("filing", r.CREATED, role_slot(RELAY, "RECORDER_ROLE"), 0, None),
        ("comment", r.COMMENTED, role_slot(RELAY), 2, OTHER),
        ("evidence", E, MANAGER, 2, OTHER),
        ("note", r.NOTED, MANAGER, 2, OTHER),
        ("deadline", r.SLA_DEADLINE_SET, RECORDER, 2, r.word(START)),
        ("pause", r.SLA_PAUSED, RECORDER, 2, ZERO),
        ("resumption", r.SLA_RESUMED, role_slot(RELAY), 2, ZERO),
    ):
        story = (Story() if data is None else basic()).prove(LATER, slot)
        story.entry(kind, commitment(story.filed) if data is None else data, nonce)
        yield case(
            f"another_role_for_a_{name}_unknown",
            "Another role is shown.",
            story,
            "promise:role-not-shown",
            require=("promise",),
        )
    story = basic().prove(LATER, MANAGER, RECORDER)
    for kind, data in (
        (r.ASSIGNED, OTHER),
        (E, OTHER),
        (r.ERASED, OTHER),
        (r.SLA_DEADLINE_SET, r.word(1)),
        (r.SLA_PAUSED, ZERO),
        (r.SLA_RESUMED, ZERO),
    ):
        story.entry(kind, data, 2)
    yield case("roles_by_type_proved", "Each type has its role.", story, "promise:open", require=("promise",))
    story = basic().prove(LATER).prove(LATER + 1, RECORDER, is_trusted=False).entry(r.COMMENTED, OTHER, 2)
    yield case(
        "role_at_an_untrusted_block_unknown",
        "Nothing shows that block.",
        story,
        "promise:role-not-shown",
        require=("promise",),
    )
    story = basic().prove(LATER, role_slot(RELAY, "RECORDER_ROLE")).acknowledge(r.COMMENTED, OTHER, START, by=RELAY)
    yield case(
        "acknowledged_by_a_recorder_unknown",
        "INTAKE_ROLE acknowledges.",
        story,
        "promise:role-not-shown",
        require=("promise",),
    )


def _delays() -> Iterator[Case]:
    story = Story().prove(START - 10)
    story.add(r.CREATED, START).add(r.COMMENTED, START + 500).prove(LATER, INTAKES)
    story.acknowledge(r.COMMENTED, story.links[1].data, START - 100)
    yield case(
        "delay_from_an_empty_slot_proved",
        "At the older block there was no complaint at all.",
        story,
        "delay:delay",
        require=("delay",),
    )
    story = basic(r.NOTED).prove(LATER, evidence_slot(OTHER), INTAKES)
    story.links.pop()
    del story.openings["3"]
    story.acknowledge(E, OTHER, START + 150)
    why = "Links are withheld, and the empty anchor shows the delay."
    yield case("delay_from_an_empty_anchor_unknown", why, story, "delay:delay", "promise:not-recorded", "more:more")
    story = Story().prove(START - 60).prove(START - 20).prove(START - 10, is_trusted=False)
    story.add(r.CREATED, START).prove(LATER).entry(r.CREATED, commitment(story.filed), 0, by=INTAKE)
    why = "The filing is opened at its link. The newest trusted block without it counts."
    yield case(
        "delay_of_a_filing_opened_at_its_link_proved", why, story, "delay:delay", "promise:kept", require=("delay",)
    )
    story = (
        Story()
        .prove(START - 60)
        .add(r.CREATED, START)
        .prove(LATER)
        .entry(r.CREATED, commitment(story.filed), 0, by=INTAKE)
    )
    yield case(
        "no_delay_in_the_same_second_proved",
        "Not recorded, in the second in which it was accepted.",
        story,
        "promise:kept",
    )
    story = Story().prove(START - 20).add(r.CREATED, START).prove(LATER)
    story.entry(r.CREATED, commitment(story.filed), 0, by=INTAKE)
    del story.openings["1"]
    yield case("no_delay_without_the_payload_proved", "Nothing says when it was accepted.", story, "promise:kept")
    story = basic().prove(LATER, RECORDER).entry(r.COMMENTED, opening(r.COMMENTED, START), 2)
    yield case("no_delay_of_another_entry_proved", "Only a filing says when it was accepted.", story, "promise:open")
    comment = opening(r.COMMENTED, START + 120)
    story = basic().prove(START + 150).prove(START + 180, is_trusted=False)
    story.add(r.COMMENTED, START + 200, comment).prove(LATER).acknowledge(r.COMMENTED, comment, START + 120)
    yield case(
        "delay_from_an_older_prefix_proved",
        "The links up to then are without it. An untrusted block later than that does not count.",
        story,
        "delay:delay",
        "prefix:prefix",
        require=("delay",),
    )


def _undecided() -> Iterator[Case]:
    story = basic().prove(LATER).prove(LATER + 10)
    story.last.receipt["account"].pop()
    story.entry(r.COMMENTED, basic().links[1].data, 1)
    yield case(
        "promise_and_a_broken_newest_proof_broken",
        "The decisive block's code is not known.",
        story,
        "promise:unknown-code",
    )
    story = basic()
    story.prove(LATER, RECORDER, word=story.word(status=9)).entry(r.COMMENTED, OTHER, 2)
    yield case(
        "promise_and_an_impossible_state_contradicted", "The state decides nothing.", story, "promise:incomplete"
    )
