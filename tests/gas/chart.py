"""The gas table as a picture: a bar for each operation, the barest contract in it, and an attestation on EAS."""

from html import escape
from pathlib import Path
from typing import Final

from tests.gas.budgets import BUDGETS
from tests.support.solc import ROOT

CHART: Final[Path] = ROOT / "docs" / "gas.svg"

# Pixels.
WIDTH: Final = 830
LABELS: Final = 340
BAR: Final = 16
ROW: Final = 26
TOP: Final = 56
# Room for the figure beside the longest bar.
FIGURES: Final = 110

REGISTRY: Final = "#2f6f4f"
FLOOR: Final = "#9fc9b1"
OTHER: Final = "#b9b9b9"


def draw(report: dict[str, dict[str, int]]) -> str:
    """SVG, on a white ground so that it can be read in a dark page. The same report gives the same bytes."""
    registry, floor, eas = report["registry"], report["floor"], report["EAS"]
    rows = [(budget.operation, registry[budget.operation], floor.get(budget.operation)) for budget in BUDGETS]
    scale = (WIDTH - LABELS - FIGURES) / max(eas.values())
    height = TOP + ROW * (len(rows) + len(eas)) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Gas of each operation, beside the barest contract and EAS</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="24" font-size="15" font-weight="bold">Gas of a write</text>',
        *_legend(),
    ]
    top = TOP
    for operation, gas, least in rows:
        parts += _row(top, operation, gas, REGISTRY, scale)
        if least is not None:
            parts.append(f'<rect x="{LABELS}" y="{top}" width="{least * scale:.1f}" height="{BAR}" fill="{FLOOR}"/>')
        top += ROW
    for operation, gas in eas.items():
        parts += _row(top, f"EAS: {operation}", gas, OTHER, scale)
        top += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(top: int, label: str, gas: int, colour: str, scale: float) -> list[str]:
    width = gas * scale
    baseline = top + BAR - 3
    return [
        f'<text x="{LABELS - 8}" y="{baseline}" text-anchor="end">{escape(label)}</text>',
        f'<rect x="{LABELS}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<text x="{LABELS + width + 6:.1f}" y="{baseline}">{gas:,}</text>',
    ]


def _legend() -> list[str]:
    entries = ((FLOOR, "barest contract"), (REGISTRY, "what the rules add"), (OTHER, "an attestation on EAS"))
    parts, left = [], LABELS
    for colour, label in entries:
        parts.append(f'<rect x="{left}" y="14" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 18}" y="24">{label}</text>')
        left += 32 + 7 * len(label)
    return parts
