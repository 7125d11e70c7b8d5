"""Relay lag: from the request to the block, at a steady 50 requests a second for a minute."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.environment import environment
from bench.servers import relay, web_server
from bench.table import percentile, table_print

RATE, SECONDS, CLIENTS = 50, 60, 16


def main(seconds: int = SECONDS) -> None:
    with environment("lag"):
        from django.db import connection
        from rest_framework_simplejwt.tokens import AccessToken

        from accounts.models import User
        from blockchain.models import Write
        from tests.fixtures.reports import FILED

        user = User.objects.create_user("bench")
        header = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}
        sessions = [requests.Session() for _ in range(CLIENTS)]

        def post(number: int) -> None:
            time.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            session = sessions[number % CLIENTS]
            assert session.post(f"{url}/api/reports/", json=FILED, headers=header, timeout=60).status_code == 201

        with web_server() as url, relay():
            started = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as pool:
                list(pool.map(post, range(RATE * seconds)))
            sent = time.perf_counter() - started
            while Write.objects.exclude(state=Write.State.CONFIRMED).exists():
                time.sleep(0.2)
        # From the write's row to the sending of the transaction that this chain mines at once.
        writes = Write.objects.values_list("created_at", "transaction__attempts__sent_at")
        lags = [(mined - created).total_seconds() for created, mined in writes.iterator()]
        rows = [[f"{RATE * seconds / sent:.1f}", f"{len(lags)}", *(f"{percentile(lags, s):.2f}" for s in (0.5, 0.99))]]
        title = f"Relay lag on {connection.vendor}, {seconds} s"
        table_print(title, ["requests/s", "writes", "p50, s", "p99, s"], rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
