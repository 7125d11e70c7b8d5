"""Requests: `POST /api/reports/` with the chain up and with it down, by 8 clients at once. They must not differ."""

import time

from bench.environment import environment
from bench.filings import figures, filings, ratios
from bench.servers import relay, web_server
from bench.table import table_print

CLIENTS, REQUESTS = 8, 100
ROUNDS = 2


def main() -> None:
    with environment("requests") as chain:
        from django.db import connection
        from rest_framework_simplejwt.tokens import AccessToken

        from accounts.models import User
        from blockchain.models import Write

        users = [User.objects.create_user(f"bench{number}") for number in range(CLIENTS)]
        headers = [{"Authorization": f"Bearer {AccessToken.for_user(user)}"} for user in users]
        up: list[float] = []
        down: list[float] = []
        with web_server() as url, relay():
            filings(url, headers, each=REQUESTS)  # warm-up
            # In turns, so that a drift of the machine's speed meets both.
            for _ in range(ROUNDS):
                up += filings(url, headers, each=REQUESTS)
                _settled(Write)
                chain.anvil.pause()
                down += filings(url, headers, each=REQUESTS)
                chain.anvil.resume()
                _settled(Write)
        rows = [[name, f"{len(took)}", *figures(took)] for name, took in (("chain up", up), ("chain down", down))]
        rows.append(["ratio down/up", "", *ratios(down, up)])
        table_print(
            f"POST /api/reports/ on {connection.vendor}, {CLIENTS} clients",
            ["", "requests", "p50, ms", "p99, ms"],
            rows,
        )


def _settled(writes: type) -> None:
    """Waits until the relay has nothing left: its work is not what is measured."""
    while writes.objects.exclude(state="confirmed").exists():
        time.sleep(0.2)


if __name__ == "__main__":
    main()
