"""Limits of a node are learned, kept, and slowly forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from blockchain.chain.limits import FORGET_SECONDS, Limit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_limit__refused__is_half_of_what_was_asked_until_it_is_forgotten() -> None:
    clock = Clock()
    limit = Limit(1_000, clock=clock)
    assert limit.value == 1_000
    limit.refused(600)
    assert limit.value == 300
    clock.now = FORGET_SECONDS - 1
    assert limit.value == 300
    clock.now = FORGET_SECONDS
    assert limit.value == 600
    # Step by step, each a time of its own.
    assert limit.value == 600
    clock.now = 2 * FORGET_SECONDS
    assert limit.value == 1_000


def test_limit__refused_while_a_smaller_one_is_known__keeps_the_smaller_one() -> None:
    limit = Limit(1_000)
    limit.refused(20)
    limit.refused(1_000)
    assert limit.value == 10


@given(accepted=st.integers(1, 5_000), most=st.integers(1, 5_000))
def test_limit__node_with_any_limit__is_asked_for_too_much_few_times(accepted: int, most: int) -> None:
    """The range does not oscillate: what was refused is not asked for again at once."""
    limit, refusals = Limit(most, clock=Clock()), 0
    for _ in range(50):
        if limit.value > accepted:
            refusals += 1
            limit.refused(limit.value)
    assert refusals <= 13
    assert min(most, accepted) // 2 <= limit.value <= accepted


def test_limit__reset__tries_as_much_as_at_first() -> None:
    limit = Limit(100)
    limit.refused(100)
    limit.reset()
    assert limit.value == 100
