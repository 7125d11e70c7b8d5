"""Clients that file reports at the same time, and how long each request took."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.table import percentile


def filings(url: str, headers: Sequence[dict[str, str]], *, each: int) -> list[float]:
    """Seconds that each request took: one client for each of `headers`, with `each` requests, all at once."""
    from blockchain.common.collector import loaded_program_frozen
    from tests.fixtures.reports import FILED

    def client(header: dict[str, str]) -> list[float]:
        took = []
        with requests.Session() as session:
            for _ in range(each):
                started = time.perf_counter()
                answer = session.post(f"{url}/api/reports/", json=FILED, headers=header, timeout=60)
                took.append(time.perf_counter() - started)
                assert answer.status_code == 201, answer.text
        return took

    # Else the clients, which are threads of this process, stand still together while it looks at all that is loaded.
    loaded_program_frozen()
    with ThreadPoolExecutor(len(headers)) as pool:
        return [one for took in pool.map(client, headers) for one in took]


def figures(took: Sequence[float]) -> list[str]:
    """p50 and p99 in milliseconds."""
    return [f"{percentile(took, share) * 1000:.1f}" for share in (0.5, 0.99)]


def ratios(took: Sequence[float], against: Sequence[float]) -> list[str]:
    """p50 and p99, each as a multiple of that of `against`."""
    return [f"{percentile(took, share) / percentile(against, share):.2f}" for share in (0.5, 0.99)]
