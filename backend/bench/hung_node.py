"""Hung node: `POST /api/reports/` while 32 clients ask for audit trails, of a node that answers and of one that hangs.

Filing asks nothing of the node, so it must not be slower with the node hung.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from bench.environment import environment
from bench.filings import figures, filings, ratios
from bench.servers import web_server
from bench.table import table_print

CLIENTS, REQUESTS, TRAILS = 4, 50, 32
ROUNDS = 2
# Of a client with an audit trail that was answered, before it asks for the next.
PAUSE_SECONDS = 1.0


def main() -> None:
    with environment("hung") as chain:
        from django.db import connection
        from rest_framework_simplejwt.tokens import AccessToken

        from accounts.models import User
        from report import services
        from tests.fixtures.reports import FILED

        users = [User.objects.create_user(f"bench{number}") for number in range(CLIENTS)]
        headers = [{"Authorization": f"Bearer {AccessToken.for_user(user)}"} for user in users]
        report = services.report_create(user=users[0], **FILED)
        up: list[float] = []
        hung: list[float] = []
        with web_server() as url:
            trail = f"{url}/api/blockchain/reports/{report.tracking_id}/audit-trail/"
            filings(url, headers, each=REQUESTS)  # warm-up
            for _ in range(ROUNDS):
                with _asking(trail, headers[0]):
                    up += filings(url, headers, each=REQUESTS)
                chain.anvil.pause()
                with _asking(trail, headers[0]):
                    hung += filings(url, headers, each=REQUESTS)
                    chain.anvil.resume()
        rows = [[name, f"{len(took)}", *figures(took)] for name, took in (("node up", up), ("node hung", hung))]
        rows.append(["ratio hung/up", "", *ratios(hung, up)])
        title = f"POST /api/reports/ on {connection.vendor}, {CLIENTS} clients, {TRAILS} audit trails in flight"
        table_print(title, ["", "requests", "p50, ms", "p99, ms"], rows)


@contextmanager
def _asking(url: str, header: dict[str, str]) -> Iterator[None]:
    """Clients that ask for an audit trail, again and again."""
    ended = threading.Event()

    def client(_: int) -> None:
        with requests.Session() as session:
            while not ended.is_set():
                assert session.get(url, headers=header, timeout=120).status_code in (200, 503)
                ended.wait(PAUSE_SECONDS)

    with ThreadPoolExecutor(TRAILS) as pool:
        asking = pool.map(client, range(TRAILS))
        try:
            yield
        finally:
            ended.set()
        list(asking)


if __name__ == "__main__":
    main()
