"""A bar chart of the newest months, as shapes for an SVG. All lengths are in the units of its viewBox."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

# The newest months that the chart shows; the table shows all.
MONTHS: Final = 24
WIDTH, HEIGHT = 720, 260
LEFT, TOP, BOTTOM = 48, 12, 36
# Lines of the scale, and levels with a shade of their own.
LINES: Final = 4
SHADES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One rectangle; `kind` is its class in the style, `title` what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text at a place; a line of the scale has one, too."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What the template draws."""

    bars: Sequence[Bar]
    months: Sequence[Label]
    scale: Sequence[Label]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart_of(months: dict[str, dict[str, Any]]) -> Chart | None:
    """The chart of the newest months, those without any event included; None without any month."""
    if not months:
        return None
    shown = list(_consecutive(min(months), max(months)))[-MONTHS:]
    counts = {month: months.get(month, {"filed": 0, "resolved": 0, "missed": {}}) for month in shown}
    most = _round_up(max(max(c["filed"], c["resolved"], sum(c["missed"].values())) for c in counts.values()))
    tall = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT) / len(shown)
    bars: list[Bar] = []
    for index, (month, count) in enumerate(counts.items()):
        width = min(step, 90) * 0.26
        x = LEFT + index * step + (step - 3 * width) / 2
        by_level = sorted((int(level), number) for level, number in count["missed"].items())
        missed = [(f"level-{min(level, SHADES)}", f"missed, level {level}", number) for level, number in by_level]
        columns = ([("filed", "filed", count["filed"])], [("resolved", "resolved", count["resolved"])], missed)
        for column, parts in enumerate(columns):
            base = float(HEIGHT - BOTTOM)
            for kind, name, number in parts:
                height = tall * number / most
                base -= height
                title = f"{month}: {number} {name}"
                bars.append(_bar(x=x + column * width, y=base, width=width, height=height, kind=kind, title=title))
    every = ceil(len(shown) * 56 / (WIDTH - LEFT))
    return Chart(
        bars=[bar for bar in bars if bar.height],
        months=[
            Label(x=round(LEFT + (index + 0.5) * step, 1), y=HEIGHT - 14, text=month)
            for index, month in enumerate(shown)
            if (len(shown) - 1 - index) % every == 0
        ],
        scale=[
            Label(x=LEFT - 8, y=round(HEIGHT - BOTTOM - tall * line / LINES, 1), text=str(most * line // LINES))
            for line in range(LINES + 1)
        ],
    )


def _bar(*, x: float, y: float, width: float, height: float, kind: str, title: str) -> Bar:
    places = {"x": round(x, 1), "y": round(y, 1), "width": round(width * 0.9, 1), "height": round(height, 1)}
    return Bar(kind=kind, title=title, **places)


def _consecutive(first: str, last: str) -> Iterator[str]:
    """Every month (YYYY-MM) from the first to the last."""
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    for number in range(max(start, end - MONTHS), end + 1):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"


def _round_up(number: int) -> int:
    """The next number whose lines on the scale are round."""
    steps = (unit * 10**power for power in range(20) for unit in (1, 2, 3, 5))
    return next(LINES * step for step in steps if LINES * step >= number)
