"""The page `/statistics/`: a chart and a table of all complaints. It contains no personal data and runs no scripts."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from blockchain.chain.artifact import ArtifactError
from blockchain.statistics.counting import COUNTED
from blockchain.statistics.published import StatisticsUnavailable, statistics_published
from report_hub.statistics_chart import chart_of

STYLE: Final = (Path(__file__).parent / "templates" / "statistics.css").read_text(encoding="utf-8")
# By its hash and not by a nonce, since the page may be stored.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """The page; 503 with the reason if there are no figures yet."""
    context: dict[str, Any] = {"style": mark_safe(STYLE)}
    status, cache_control = 200, ""
    try:
        published = statistics_published()
    except (ArtifactError, StatisticsUnavailable) as error:
        status, cache_control = 503, "no-store"
        context["reason"] = error.public
    else:
        cache_control = f"public, max-age={published.max_age}"
        context |= _shown(published.figures)
    response = render(request, "statistics.html", context, status=status)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = cache_control
    response["Referrer-Policy"] = "no-referrer"
    return response


def _shown(figures: dict[str, Any]) -> dict[str, Any]:
    months = figures["months"]
    levels = sorted({level for month in months.values() for level in month["missed"]}, key=int)
    time = figures["block"]["time"]
    return {
        "figures": figures,
        "time": None if time is None else datetime.fromtimestamp(time, UTC),
        "chart": chart_of(months),
        "statuses": [(name.lower().replace("_", " "), number) for name, number in figures["statuses"].items()],
        "columns": COUNTED.values(),
        "levels": levels,
        "months": [
            (
                month,
                [*(counts[name] for name in COUNTED.values()), *(counts["missed"].get(level, 0) for level in levels)],
            )
            for month, counts in sorted(months.items(), reverse=True)
        ],
    }
