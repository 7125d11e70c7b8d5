"""The gas table as text."""

from typing import Final

from tests.gas.budgets import BUDGETS
from tests.support.solc import ROOT

REPORT: Final = ROOT / ".local" / "gas.md"


def render(report: dict[str, dict[str, int]]) -> str:
    """Markdown: what each operation costs beside floor, aim and budget, and against an attestation on EAS."""
    registry, floor, eas = report["registry"], report["floor"], report["EAS"]
    budgets = {budget.operation: budget for budget in BUDGETS}
    attestation = eas["attest"]
    lines = [
        "| operation | floor | registry | × floor | aim | budget | of an EAS attestation |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for operation, gas in registry.items():
        budget = budgets.get(operation)
        cells = [
            operation,
            f"{floor[operation]:,}" if operation in floor else "",
            f"{gas:,}",
            f"{gas / floor[operation]:.2f}" if operation in floor else "",
            f"{budget.aim:,}" if budget and budget.aim else "",
            f"{budget.limit:,}" if budget else "",
            f"{gas / attestation:.0%}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"| EAS: {operation} | | {gas:,} | | | | {gas / attestation:.0%} |" for operation, gas in eas.items()]
    return "\n".join(lines) + "\n"
