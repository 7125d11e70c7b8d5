"""Requests: `POST /api/reports/` with the chain up and with it down, by 8 clients at once. They must not differ."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.environment import environment
from bench.servers import relay, web_server
from bench.table import percentile, table_print

CLIENTS, REQUESTS = 8, 100
ROUNDS = 2


def main() -> None:
    with environment("requests") as chain:
        from django.db import connection
        from rest_framework_simplejwt.tokens import AccessToken

        from accounts.models import User
        from blockchain.models import Write
        from tests.fixtures.reports import FILED

        users = [User.objects.create_user(f"bench{number}") for number in range(CLIENTS)]
        headers = [{"Authorization": f"Bearer {AccessToken.for_user(user)}"} for user in users]

        def client(header: dict[str, str]) -> list[float]:
            took = []
            with requests.Session() as session:
                for _ in range(REQUESTS):
                    started = time.perf_counter()
                    answer = session.post(f"{url}/api/reports/", json=FILED, headers=header, timeout=60)
                    took.append(time.perf_counter() - started)
                    assert answer.status_code == 201, answer.text
            return took

        def measure() -> list[float]:
            with ThreadPoolExecutor(CLIENTS) as pool:
                return [each for took in pool.map(client, headers) for each in took]

        up: list[float] = []
        down: list[float] = []
        with web_server() as url, relay():
            measure()  # warm-up
            # In turns, so that a drift of the machine's speed meets both.
            for _ in range(ROUNDS):
                up += measure()
                _settled(Write)
                chain.anvil.pause()
                down += measure()
                chain.anvil.resume()
                _settled(Write)
        rows = [[name, f"{len(took)}", *_figures(took)] for name, took in (("chain up", up), ("chain down", down))]
        ratios = [f"{percentile(down, share) / percentile(up, share):.2f}" for share in (0.5, 0.99)]
        rows.append(["ratio down/up", "", *ratios])
        table_print(
            f"POST /api/reports/ on {connection.vendor}, {CLIENTS} clients",
            ["", "requests", "p50, ms", "p99, ms"],
            rows,
        )


def _figures(took: list[float]) -> list[str]:
    return [f"{percentile(took, share) * 1000:.1f}" for share in (0.5, 0.99)]


def _settled(writes: type) -> None:
    """Waits until the relay has nothing left: its work is not what is measured."""
    while writes.objects.exclude(state="confirmed").exists():
        time.sleep(0.2)


if __name__ == "__main__":
    main()
