"""The plan of a recovery: what is on the chain stays, everything else keeps its order behind it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from blockchain.late_entries import Former
from blockchain.protocol.hashing import ZERO_WORD, word
from blockchain.protocol.kinds import KINDS, Data, EventType, Status
from blockchain.protocol.lifecycle import first_unlawful, status_after, transition
from blockchain.recovery.plan import Ended, Entry, Plan, Row, plan_make, way_back

RELAY, THIEF, OFFICER = "0xRelay", "0xThief", "0xOfficer"
E = EventType


def entry(event_type: EventType, number: int, actor: str = RELAY) -> Entry:
    return Entry(event_type, word(number), actor)


def row(pk: int, nonce: int, event_type: EventType, number: int | None = None) -> Row:
    clock = KINDS[event_type].data is Data.CLOCK
    return Row(pk=pk, nonce=nonce, event_type=event_type, data=ZERO_WORD if clock else word(number or 1_000 + pk))


FILED = row(1, 0, E.CREATED, 1)
FILING = entry(E.CREATED, 1)


def test_plan__all_landed__nothing_to_do() -> None:
    rows = [FILED, row(2, 1, E.COMMENTED, 2), row(3, 2, E.SLA_PAUSED)]
    # The link of a pause carries the seconds that are left, which nobody could know before.
    plan = plan_make(entries=[FILING, entry(E.COMMENTED, 2), entry(E.SLA_PAUSED, 4_711)], rows=rows)
    assert plan == Plan(nonces={1: 0, 2: 1, 3: 2}, status=Status.ON_HOLD, next_nonce=3)


def test_plan__unknown_link_in_the_place_of_a_write__imported_and_the_write_behind_it() -> None:
    rows = [FILED, row(2, 1, E.ASSIGNED), row(3, 2, E.COMMENTED)]
    plan = plan_make(entries=[FILING, entry(E.COMMENTED, 99)], rows=rows)
    assert (plan.imported, plan.moved, plan.unlawful) == ([1], [2, 3], [])
    assert (plan.nonces, plan.next_nonce, plan.status) == ({1: 0, 2: 2, 3: 3}, 4, Status.OPEN)


def test_plan__unknown_resolution__what_it_forbids_is_listed() -> None:
    rows = [FILED, row(2, 1, E.ASSIGNED), row(3, 2, E.COMMENTED)]
    plan = plan_make(entries=[FILING, entry(E.RESOLVED, 99)], rows=rows)
    assert (plan.unlawful, plan.status) == ([2], Status.RESOLVED)


def test_plan__thief_s_resolution__disowned_and_undone_so_that_nothing_is_lost() -> None:
    rows = [FILED, row(2, 1, E.ASSIGNED), row(3, 2, E.COMMENTED)]
    plan = plan_make(entries=[FILING, entry(E.RESOLVED, 99, THIEF)], rows=rows, stolen=[THIEF])
    assert (plan.imported, plan.disowned, plan.undoing) == ([1], [1], [E.REOPENED])
    assert (plan.unlawful, plan.status) == ([], Status.OPEN)
    # A note and the reopening stand between the thief's link and what waits.
    assert (plan.nonces, plan.next_nonce) == ({1: 0, 2: 4, 3: 5}, 6)


def test_plan__thief_s_link_imported_before__disowned_once() -> None:
    imported = replace(row(2, 1, E.RESOLVED, 99), imported=True)
    entries = [FILING, entry(E.RESOLVED, 99, THIEF)]
    assert plan_make(entries=entries, rows=[FILED, imported], stolen=[THIEF]).disowned == [1]
    again = plan_make(entries=entries, rows=[FILED, imported], stolen=[THIEF], disowned_before=[1])
    assert (again.disowned, again.undoing, again.next_nonce) == ([], [], 2)


def test_plan__stolen_key_s_link_that_is_our_write__not_disowned() -> None:
    plan = plan_make(entries=[entry(E.CREATED, 1, THIEF)], rows=[FILED], stolen=[THIEF])
    assert (plan.disowned, plan.imported) == ([], [])


def test_plan__write_that_landed_under_another_nonce__recognised_by_its_commitment() -> None:
    """A backup from before an earlier recovery, which numbered the write anew."""
    rows = [FILED, row(2, 1, E.COMMENTED, 7)]
    plan = plan_make(entries=[FILING, entry(E.ASSIGNED, 99), entry(E.COMMENTED, 7)], rows=rows)
    assert (plan.imported, plan.nonces, plan.moved) == ([1], {1: 0, 2: 2}, [])


def test_plan__given_up_write_that_landed_all_the_same__restored() -> None:
    note = replace(row(2, 1, E.NOTED), given_up=Former(E.COMMENTED, word(7)))
    plan = plan_make(entries=[FILING, entry(E.COMMENTED, 7, OFFICER)], rows=[FILED, note])
    assert (plan.restored, plan.imported, plan.nonces) == ([2], [], {1: 0, 2: 1})


def test_plan__officer_s_entry_that_moves__its_signature_is_void() -> None:
    signed = replace(row(2, 1, E.COMMENTED), signed=True)
    assert plan_make(entries=[FILING, entry(E.COMMENTED, 9)], rows=[FILED, signed]).unsigned == [2]
    assert plan_make(entries=[FILING], rows=[FILED, signed]).unsigned == []


def test_plan__given_up_write_that_landed_and_whose_note_is_under_way__left_to_settle_first() -> None:
    note = replace(row(2, 1, E.NOTED), given_up=Former(E.COMMENTED, word(7)), travels=True)
    plan = plan_make(entries=[FILING, entry(E.COMMENTED, 7, OFFICER)], rows=[FILED, note])
    assert (plan.restored, plan.travelling) == ([2], 2)


def test_plan__pause_by_somebody_else_where_one_was_given_up__imported() -> None:
    note = replace(row(2, 1, E.NOTED), given_up=Former(E.SLA_PAUSED, ZERO_WORD, OFFICER))
    plan = plan_make(entries=[FILING, entry(E.SLA_PAUSED, 7, THIEF)], rows=[FILED, note])
    assert (plan.restored, plan.imported, plan.moved) == ([], [1], [2])


def test_plan__ended_entry_that_landed_all_the_same__revived_and_what_has_its_nonce_behind_it() -> None:
    ended = Ended(7, 1, Former(E.RESOLVED, word(9), OFFICER))
    plan = plan_make(
        entries=[FILING, entry(E.RESOLVED, 9, OFFICER)], rows=[FILED, row(2, 1, E.COMMENTED)], ended=[ended]
    )
    assert (plan.revived, plan.imported, plan.moved) == ({1: 7}, [], [2])
    assert (plan.nonces, plan.next_nonce, plan.status) == ({1: 0, 2: 2}, 3, Status.RESOLVED)


def test_plan__reservation_whose_nonce_is_taken__ends_as_a_note_or_is_gone() -> None:
    reserved = replace(row(2, 1, E.RESOLVED), reserved=True)
    entries = [FILING, entry(E.COMMENTED, 9)]
    behind = plan_make(entries=entries, rows=[FILED, reserved, row(3, 2, E.COMMENTED)])
    assert (behind.expired, behind.freed, behind.unsigned, behind.status) == ([2], [], [], Status.OPEN)
    assert (behind.nonces, behind.next_nonce) == ({1: 0, 2: 2, 3: 3}, 4)
    last = plan_make(entries=entries, rows=[FILED, reserved])
    assert (last.expired, last.freed, last.nonces, last.next_nonce) == ([], [2], {1: 0}, 2)
    untouched = plan_make(entries=[FILING], rows=[FILED, reserved])
    assert (untouched.expired, untouched.freed, untouched.status) == ([], [], Status.RESOLVED)


def test_plan__write_under_way_that_would_move__left_to_land_first() -> None:
    under_way = replace(row(3, 2, E.COMMENTED), travels=True)
    rows = [FILED, row(2, 1, E.COMMENTED), under_way]
    assert plan_make(entries=[FILING, entry(E.COMMENTED, 9)], rows=rows).travelling == 3
    assert plan_make(entries=[FILING], rows=rows).travelling is None


def test_plan__another_filing_under_the_id__contradicted_and_nothing_else() -> None:
    plan = plan_make(entries=[entry(E.CREATED, 99, THIEF)], rows=[FILED, row(2, 1, E.COMMENTED)])
    assert plan == Plan(contradicted=True)


def test_plan__imported_row_whose_link_is_gone__dropped() -> None:
    imported = replace(row(2, 1, E.COMMENTED), imported=True)
    plan = plan_make(entries=[FILING], rows=[FILED, imported, row(3, 2, E.ASSIGNED)])
    assert (plan.dropped, plan.nonces, plan.next_nonce) == ([2], {1: 0, 3: 1}, 2)


def test_way_back__every_pair_of_statuses__leads_there_lawfully() -> None:
    lives = {
        Status.OPEN: [E.CREATED],
        Status.ON_HOLD: [E.CREATED, E.SLA_PAUSED],
        Status.RESOLVED: [E.CREATED, E.REJECTED],
        Status.CLOSED: [E.CREATED, E.CLOSED],
    }
    for source in lives:
        for target, own in lives.items():
            way = way_back(source=source, own=own)
            assert status_after(source, way) is target
            assert (way == []) is (source is target)
            # A rejected complaint is rejected again, not resolved.
            assert E.RESOLVED not in way


ENTRIES = [kind.event_type for kind in KINDS if kind.is_entry and kind.event_type is not E.CREATED]


@st.composite
def lawful(draw: st.DrawFn, status: Status = Status.OPEN) -> list[EventType]:
    """Kinds that the lifecycle allows one after the other."""
    chosen: list[EventType] = []
    for _ in range(draw(st.integers(0, 8))):
        event_type = draw(st.sampled_from([each for each in ENTRIES if transition(status, each) is not None]))
        following = transition(status, event_type)
        assert following is not None
        status = following
        chosen.append(event_type)
    return chosen


@given(
    own=lawful(),
    landed=st.integers(0, 9),
    lost=st.integers(0, 4),
    actor=st.sampled_from([RELAY, THIEF]),
    filed=st.booleans(),
    draw=st.data(),
)
def test_plan__any_history__lawful_gapless_in_order_and_final(
    own: list[EventType], landed: int, lost: int, actor: str, filed: bool, draw: st.DataObject
) -> None:
    rows = [FILED, *(row(pk, pk - 1, event_type) for pk, event_type in enumerate(own, start=2))]
    count = min(landed, len(rows)) if filed else 0
    entries = [Entry(each.event_type, each.data, RELAY) for each in rows[:count]]
    if count:
        status = status_after(Status.NONE, [each.event_type for each in entries])
        foreign = draw.draw(lawful(status))[:lost]
        entries += [entry(event_type, 90_000 + number, actor) for number, event_type in enumerate(foreign)]
    plan = plan_make(entries=entries, rows=rows, stolen=[THIEF])

    by_pk = {each.pk: each for each in rows}
    history: dict[int, int] = {plan.nonces[pk]: each.event_type for pk, each in by_pk.items()}
    assert len(history) == len(rows)
    history |= {nonce: entries[nonce].event_type for nonce in plan.imported}
    for pk in plan.unlawful:
        history[plan.nonces[pk]] = E.NOTED
    if plan.disowned:
        history |= dict(enumerate([E.NOTED, *plan.undoing], start=len(entries)))
    assert sorted(history) == list(range(plan.next_nonce))
    types = [history[nonce] for nonce in range(plan.next_nonce)]
    assert types[: len(entries)] == [each.event_type for each in entries]
    assert first_unlawful(Status.NONE, types) is None
    assert status_after(Status.NONE, types) is plan.status
    # What has not landed keeps its order, and what a thief did is undone. (Somebody else's pause or resumption
    # may stand under the nonce of ours, behind a link of theirs: nothing tells the two apart.)
    waiting = [plan.nonces[pk] for pk in sorted(by_pk) if plan.nonces[pk] >= len(entries)]
    assert waiting == sorted(waiting)
    if actor == THIEF:
        assert not plan.unlawful

    # Once more, after it was done: nothing is left to do.
    done = [replace(each, nonce=plan.nonces[each.pk], event_type=history[plan.nonces[each.pk]]) for each in rows]
    done += [
        Row(pk=100 + nonce, nonce=nonce, event_type=entries[nonce].event_type, data=entries[nonce].data, imported=True)
        for nonce in plan.imported
    ]
    done += [
        row(200 + nonce, nonce, EventType(types[nonce]))
        for nonce in range(len(entries), plan.next_nonce)
        if nonce not in {each.nonce for each in done}
    ]
    again = plan_make(entries=entries, rows=done, stolen=[THIEF], disowned_before=plan.disowned)
    assert (again.moved, again.imported, again.unlawful, again.dropped, again.disowned) == ([], [], [], [], [])
    assert (again.next_nonce, again.status) == (plan.next_nonce, plan.status)
