"""The chart's shapes."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from report_hub.statistics_chart import BOTTOM, HEIGHT, MONTHS, TOP, WIDTH, chart_of

NUMBER = st.integers(0, 10**6)
MONTH = st.tuples(st.integers(2020, 2030), st.integers(1, 12)).map(lambda pair: f"{pair[0]:04d}-{pair[1]:02d}")
COUNTS = st.fixed_dictionaries(
    {"filed": NUMBER, "resolved": NUMBER, "missed": st.dictionaries(st.integers(1, 32).map(str), NUMBER, max_size=4)}
)


def test_chart_of__no_months__none() -> None:
    assert chart_of({}) is None


@given(st.dictionaries(MONTH, COUNTS, min_size=1, max_size=40))
def test_chart_of__any_months__bars_lie_inside_and_are_as_tall_as_their_numbers(months: dict[str, Any]) -> None:
    chart = chart_of(months)
    assert chart is not None
    unit = (HEIGHT - TOP - BOTTOM) / int(chart.scale[-1].text)
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH + 0.2
        assert bar.y >= TOP - 0.2
        assert bar.y + bar.height <= HEIGHT - BOTTOM + 0.2
        assert abs(bar.height - int(bar.title.split()[1]) * unit) < 0.2
    shown = sorted({bar.title[:7] for bar in chart.bars})
    assert len(shown) <= MONTHS
    assert chart.months[-1].text == max(months)
    lines = [int(line.text) for line in chart.scale]
    assert len({after - before for before, after in pairwise(lines)}) == 1
