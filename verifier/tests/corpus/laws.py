"""Cases of links that the contract would not have written, and of the clock at its bounds."""

from collections.abc import Iterator

import receipt as r
from tests.corpus.case import Case
from tests.corpus.story import DAY, LATER, OWN, START, Story, basic, case, evidence_slot

E = r.EVIDENCE_ANCHORED


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _moves()
    yield from _deadlines()
    yield from _clocks()
    yield from _counts()
    yield from _states()
    yield from _anchors()


def _unlawful(story: Story, *, time: int = LATER, **word: int) -> Story:
    """Proved, with a slot that has the head and the number of all links all the same."""
    return story.prove(time, word=story.word(**word))


def _moves() -> Iterator[Case]:
    """The statuses in which a kind of link is not allowed."""
    hold, solved, closed = (r.SLA_PAUSED,), (r.RESOLVED,), (r.CLOSED,)
    for name, before, kind in (
        ("filing_again", (), r.CREATED),
        ("assignment_when_resolved", solved, r.ASSIGNED),
        ("update_when_resolved", solved, r.STATUS_UPDATED),
        ("comment_when_closed", closed, r.COMMENTED),
        ("resolution_when_resolved", solved, r.RESOLVED),
        ("rejection_when_resolved", solved, r.REJECTED),
        ("closure_when_closed", closed, r.CLOSED),
        ("reopening_when_open", (), r.REOPENED),
        ("reopening_when_on_hold", hold, r.REOPENED),
        ("evidence_when_closed", closed, E),
        ("deadline_when_on_hold", hold, r.SLA_DEADLINE_SET),
        ("pause_when_on_hold", hold, r.SLA_PAUSED),
        ("resumption_when_open", (), r.SLA_RESUMED),
        ("escalation_when_not_due", (), r.ESCALATED),
        ("escalation_when_on_hold", hold, r.ESCALATED),
    ):
        story = basic(*before)
        now = story.state
        story.add(kind, START + 900, START + 5 * DAY if kind == r.SLA_DEADLINE_SET else None)
        made = _unlawful(story, status=now.status, sla_deadline=now.deadline)
        yield case(f"{name}_contradicted", "The lifecycle does not allow it.", made, "complete:unlawful")
    moves = (
        *(r.ASSIGNED, r.SLA_PAUSED, r.ASSIGNED, r.STATUS_UPDATED, r.COMMENTED, E, r.RESOLVED, r.COMMENTED, E),
        *(r.REOPENED, r.REJECTED, r.CLOSED, r.OBJECTED, r.ERASED, r.NOTED, r.REOPENED, r.CLOSED, r.REOPENED),
        *(r.SLA_PAUSED, r.CLOSED, r.REOPENED, r.RESOLVED, r.OBJECTED, r.ERASED, r.NOTED, r.CLOSED, r.REOPENED),
        *(r.SLA_PAUSED, r.REJECTED, r.REOPENED, r.SLA_PAUSED, r.OBJECTED, r.NOTED, r.ERASED, r.SLA_RESUMED),
    )
    story = basic(*moves).prove(LATER + 10_000)
    yield case(
        "every_move_proved",
        "Links in every status that allows them. Each status is a stop.",
        story,
        "complete:complete",
    )
    story = basic(r.SLA_PAUSED, r.RESOLVED, r.CLOSED).prove(LATER)
    why = "On hold, resolved, then closed: the clock stood three times, each for another reason."
    yield case("three_stops_in_a_row_proved", why, story, "clock:stopped")


def _deadlines() -> Iterator[Case]:
    at = START + 200
    for name, deadline, is_lawful in (
        ("0", 0, False),
        ("1", 1, True),
        ("in_3650_days", at + 3650 * DAY, True),
        ("in_3650_days_and_a_second", at + 3650 * DAY + 1, False),
        ("of_2_64", 2**64 + at, False),
    ):
        story = basic()
        if is_lawful:
            story.add(r.SLA_DEADLINE_SET, at, deadline).prove(at)
        else:
            story.add(r.SLA_DEADLINE_SET, at, deadline)
            _unlawful(story, sla_deadline=deadline & r.NEVER)
        verdict, code = ("proved", "complete") if is_lawful else ("contradicted", "unlawful")
        why = "A deadline is 1 to 2^32 − 2, and at most 3,650 days ahead."
        yield case(f"deadline_{name}_{verdict}", why, story, f"complete:{code}")
    late = 2**32 - 100
    for name, deadline in (("last", r.NEVER - 1), ("never", r.NEVER)):
        story = Story(deployment=OWN_WITHOUT).add(r.CREATED, late).add(r.SLA_DEADLINE_SET, late + 1, deadline)
        is_lawful = deadline < r.NEVER
        story.prove(late + 2, word=story.word(sla_deadline=deadline))
        verdict, code = ("proved", "complete") if is_lawful else ("contradicted", "unlawful")
        yield case(
            f"deadline_{name}_{verdict}", "2^32 − 1 is no deadline that anybody sets.", story, f"complete:{code}"
        )


OWN_WITHOUT = r.Deployment(**{**OWN.__dict__, "default_sla": 0})


def _clocks() -> Iterator[Case]:
    due = START + 30 * DAY
    for name, time, code in (("at_its_deadline", due, "running"), ("a_second_later", due + 1, "overdue")):
        yield case(
            f"clock_{name}_proved", "A deadline is missed after its second.", basic().prove(time), f"clock:{code}"
        )
    story = basic().add(r.SLA_PAUSED, due).prove(due + 5 * DAY)
    yield case("pause_at_the_deadline_proved", "At least one second is left.", story, "clock:held")
    story = basic().add(r.SLA_PAUSED, due, 0)
    made = _unlawful(story, time=due, status=r.ON_HOLD, sla_deadline=0)
    yield case("pause_with_nothing_left_contradicted", "At least one second is left.", made, "complete:unlawful")
    story = basic(r.SLA_PAUSED).add(r.SLA_RESUMED, START + 500, START + 30 * DAY)
    made = _unlawful(story, status=r.OPEN, sla_deadline=START + 30 * DAY)
    yield case(
        "resumption_with_another_deadline_contradicted", "The deadline moves by the hold.", made, "complete:unlawful"
    )
    story = Story(deployment=OWN_WITHOUT).add(r.CREATED, START).add(r.SLA_PAUSED, START + 10)
    held = story.prove(START + 20)
    held.add(r.SLA_RESUMED, START + 30).prove(START + 40)
    yield case(
        "clock_without_a_deadline_proved", "No default: no deadline, no seconds left.", held, "clock:held", "clock:none"
    )
    never = r.Deployment(**{**OWN.__dict__, "default_sla": r.NEVER})
    story = Story(deployment=never).add(r.CREATED, START).add(r.SLA_PAUSED, START + 5).add(r.SLA_RESUMED, START + 9)
    yield case("saturated_proved", "A deadline of 2^32 − 1 is never due.", story.prove(2**39), "clock:none")
    slow = r.Deployment(**{**OWN.__dict__, "escalation_interval": r.NEVER})
    story = Story(deployment=slow).add(r.CREATED, START).add(r.ESCALATED, due + 1).prove(2**39)
    yield case("saturated_by_the_interval_proved", "So is the deadline after a miss.", story, "clock:none")
    for name, kind in (("comment", r.COMMENTED), ("objection", r.OBJECTED), ("pause", r.SLA_PAUSED)):
        story = basic()
        now = story.state
        story.add(kind, due + 1, 1 if kind == r.SLA_PAUSED else None)
        word = (
            {"objections": 1}
            if kind == r.OBJECTED
            else {"status": r.ON_HOLD, "sla_deadline": 1}
            if kind == r.SLA_PAUSED
            else {}
        )
        made = _unlawful(story, time=due + 2, **{"sla_deadline": now.deadline, **word})
        yield case(f"{name}_before_the_breach_contradicted", "The breach comes first.", made, "complete:unlawful")
    story = basic()
    for _ in range(3):
        story.add(r.ESCALATED, due + 9 * DAY)
    story.add(r.SLA_DEADLINE_SET, due + 10 * DAY, due + 11 * DAY).add(r.ESCALATED, due + 12 * DAY)
    story.add(r.SLA_DEADLINE_SET, due + 13 * DAY, due + 14 * DAY).prove(due + 90 * DAY)
    why = "At the greatest level a deadline gives one further miss, and the level stays."
    yield case("due_at_the_greatest_level_proved", why, story, "clock:overdue")
    for name, spoil in (("level", 1 << 64), ("missed", 1 << 32), ("next", 1)):
        story = basic()
        right = story._by_clock(r.ESCALATED, due + 1)
        story.add(r.ESCALATED, due + 1, right + spoil)
        made = _unlawful(story, time=due + 2, sla_deadline=due + DAY, escalations=1)
        yield case(
            f"escalation_with_another_{name}_contradicted", "It says what the clock showed.", made, "complete:unlawful"
        )


def _counts() -> Iterator[Case]:
    quick = r.Deployment(**{**OWN.__dict__, "escalation_interval": 1, "max_escalation_level": 255})
    due = START + 30 * DAY
    story = Story(deployment=quick).add(r.CREATED, START)
    for _ in range(255):
        story.add(r.ESCALATED, due + 400)
    story.prove(due + 401)
    yield case("escalated_255_times_proved", "As often as the count goes.", story, "clock:none")
    story.add(r.SLA_DEADLINE_SET, due + 402, due + DAY)
    made = _unlawful(story, time=due + 403, sla_deadline=due + DAY, escalations=255)
    yield case(
        "deadline_after_the_255th_miss_contradicted",
        "No deadline after that.",
        made,
        "complete:unlawful",
        "prefix:prefix",
    )
    story = Story().add(r.CREATED, START)
    for i in range(255):
        story.add(r.OBJECTED, START + 10, r.word(i))
    story.prove(START + 20)
    yield case("objected_255_times_proved", "As often as the count goes.", story, "complete:complete")
    story.add(r.OBJECTED, START + 30, r.word(256))
    made = _unlawful(story, time=START + 40, objections=255)
    yield case(
        "objected_256_times_contradicted", "No objection after that.", made, "complete:unlawful", "prefix:prefix"
    )
    story = basic(E).add(E, START + 300, basic(E).links[2].data)
    yield case(
        "evidence_anchored_twice_contradicted", "An evidence is anchored once.", _unlawful(story), "complete:unlawful"
    )


def _states() -> Iterator[Case]:
    """The slot says something else than the links."""
    for name, field, value in (
        ("deadline", "sla_deadline", START + 5 * DAY),
        ("escalations", "escalations", 1),
        ("objections", "objections", 1),
        ("status", "status", r.RESOLVED_STATUS),
    ):
        story = basic()
        story.prove(LATER, word=story.word(**{field: value}))
        why = "Links and slot are each possible, and do not go together."
        yield case(f"state_with_another_{name}_contradicted", why, story, "complete:state-differs")
    for name, word in (
        ("status_0", {"status": 0}),
        ("status_5", {"status": 5}),
        ("no_recorders_link", {"escalations": 1, "objections": 1}),
        ("fewer_links_than_objections", {"objections": 3}),
        ("no_count", {"event_count": 0}),
    ):
        story = basic()
        story.prove(LATER, word=story.word(**word))
        yield case(f"{name}_contradicted", "No release writes such a slot.", story, "state:impossible")
    story = basic()
    story.prove(LATER, word=story.word(event_count=2, objections=1, escalations=0) ^ 1)
    yield case("another_head_contradicted", "The head is that of other links.", story, "complete:links-differ")
    story = basic(r.NOTED)
    story.prove(START + 150)
    yield case("later_link_contradicted", "The last link is later than the block.", story, "complete:later-link")
    story = basic(r.NOTED).prove(START + 200)
    yield case("link_in_the_second_of_the_block_proved", "It is as old as the block.", story, "complete:complete")


def _anchors() -> Iterator[Case]:
    data = basic(E).links[2].data
    other = r.keccak(b"another file")
    for name, why, which, value, verdict in (
        ("time", "The anchor has another time than its link.", data, 3 << 40 | START + 201, "contradicted"),
        ("sequence", "The anchor names another link.", data, 2 << 40 | START + 100, "contradicted"),
        ("width", "An anchor has 8 bytes.", data, 1 << 64 | 3 << 40 | START + 200, "contradicted"),
        ("width_alone", "An anchor has 8 bytes.", other, 9 << 64 | 4 << 40 | START + 300, "contradicted"),
        ("sequence_0", "No link has the number 0.", other, START, "contradicted"),
        ("sequence_5", "The complaint had four links.", other, 5 << 40 | START + 300, "contradicted"),
        ("link_of_another_kind", "Link 2 is a comment.", other, 2 << 40 | START + 100, "contradicted"),
        ("last_link", "Link 4 is a note.", other, 4 << 40 | START + 300, "contradicted"),
        ("other_data", "Link 3 is of another evidence.", other, 3 << 40 | START + 200, "contradicted"),
        ("nothing", "A covered link anchored this evidence, and there is no anchor.", data, 0, "contradicted"),
    ):
        story = basic(E, r.NOTED)
        story.anchor(which, value)
        story.prove(LATER, evidence_slot(which))
        name_of = "unanchored" if not value else "anchored"
        yield case(f"anchor_with_{name}_{verdict}", why, story, f"{name_of}:anchor-differs", "complete:complete")
    story = basic()
    story.prove(START + 150, evidence_slot(data))
    story.add(E, START + 200).prove(LATER, evidence_slot(data))
    why = "The evidence was not anchored, then it was. An older block cannot contradict a newer link."
    yield case("anchored_later_proved", why, story, "unanchored:unanchored", "anchored:anchored")
    story = basic(E, r.NOTED).prove(LATER, evidence_slot(data))
    _withheld(story, 2)
    why = "Links are withheld, the anchor's among them."
    yield case("anchor_of_a_link_not_shown_unknown", why, story, "anchored:anchored", "more:more")
    story = basic().prove(START + 150).add(E, START + 200).prove(LATER, evidence_slot(data))
    _withheld(story, 2)
    why = "The anchor's link is the first that is withheld, and the last that the complaint had."
    yield case("anchor_of_the_last_link_not_shown_unknown", why, story, "anchored:anchored", "more:more")
    story = basic(E)
    story.prove(LATER, evidence_slot(data), word=story.word(status=9))
    why = "Anchors are compared where the state is possible."
    yield case("anchor_and_an_impossible_state_contradicted", why, story, "anchored:anchored", "state:impossible")
    story = basic(E).prove(START + 250).add(r.NOTED, START + 300)
    story.anchor(data, 0)
    story.prove(LATER, evidence_slot(data))
    _withheld(story, 3)
    why = "An older block shows the link. At the newest one, for which links are withheld, its anchor is gone."
    yield case("anchor_that_is_gone_contradicted", why, story, "unanchored:anchor-differs", "more:more")


def _withheld(story: Story, shown: int) -> None:
    """Shows the first links only."""
    for number in range(shown + 1, len(story.links) + 1):
        story.openings.pop(str(number), None)
    del story.links[shown:]
