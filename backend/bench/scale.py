"""Scale: lists of 20,000 reports, and the audit trail and status of one with 1,000 events, from outside.

Each against what a user would do otherwise: ask for the status of every report of a page; read the report's links from
the node with web3.py, which opens none of them.
"""

import statistics
import time
from collections.abc import Callable

import requests

from bench.environment import environment
from bench.many import reports_bulk
from bench.servers import web_server
from bench.table import percentile, table_print

REPORTS, COMPLAINANTS, OFFICERS = 20_000, 200, 20
# Events of the long report; those of one round land in one transaction, with more of its neighbours'.
EVENTS, ROUNDS, NEIGHBOURS = 1_000, 25, 40
REQUESTS = 20


def main() -> None:  # noqa: PLR0915  one story, from filing to asking
    with environment("scale") as chain:
        from django.db import connection, transaction
        from rest_framework_simplejwt.tokens import AccessToken
        from web3 import HTTPProvider, Web3

        from accounts.models import User
        from blockchain.chain.signers import signer
        from blockchain.indexer.sync import events_sync
        from blockchain.relay.loop import Relay
        from report import services
        from tests.fixtures.reports import FILED

        relay = Relay(registry=chain.registry, signer=signer())
        complainants = [User.objects.create_user(f"complainant{number}") for number in range(COMPLAINANTS)]
        officers = [User.objects.create_user(f"officer{number}", is_staff=True) for number in range(OFFICERS)]

        def recorded() -> None:
            relay.run_until_idle(wait=lambda: time.sleep(0.005))
            events_sync()

        with transaction.atomic():
            long, *others = [services.report_create(user=user, **FILED) for user in complainants[:NEIGHBOURS]]
        recorded()
        for _ in range(ROUNDS):
            with transaction.atomic():
                for report in [long] * (EVENTS // ROUNDS) + others * 2:
                    services.comment_create(report_id=report.pk, author=report.user, text="It is still dark.")
            recorded()
        # Newer than those that are long.
        reports_bulk(REPORTS, complainants=complainants, officers=officers, deployment=chain.registry.deployment)
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE TABLE report_issuereport, complaint_registry_complaint")

        w3 = Web3(HTTPProvider(chain.anvil.url))
        contract = w3.eth.contract(address=chain.address, abi=chain.registry.deployment.abi)
        blockchain = f"/api/blockchain/reports/{long.tracking_id}"

        def ask(path: str, user: User) -> Callable[[], requests.Response]:
            header = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}

            def get() -> requests.Response:
                answer = session.get(url + path, headers=header, timeout=60)
                assert answer.status_code == 200, answer.text
                return answer

            return get

        def page_one_by_one() -> None:
            for each in ask("/api/reports/", officers[0])().json()["results"]:
                ask(f"/api/blockchain/reports/{each['tracking_id']}/status/", officers[0])()

        def links_of_the_node() -> None:
            logs = contract.events.LinkAppended.get_logs(
                from_block=chain.registry.deployment.block_number,
                argument_filters={"complaintId": long.complaint.complaint_id},
            )
            assert len(logs) >= EVENTS

        rows: list[list[str]] = []

        def measure(name: str, do: Callable[[], object], number: int = REQUESTS, against: float | None = None) -> float:
            took = []
            for _ in range(number):
                started = time.perf_counter()
                do()
                took.append(time.perf_counter() - started)
            median = statistics.median(took)
            ratio = f"{against / median:.1f}" if against else ""
            rows.append([name, f"{number}", f"{median * 1000:.0f}", f"{percentile(took, 0.99) * 1000:.0f}", ratio])
            return median

        with web_server() as url, requests.Session() as session:
            plain = measure("a page's reports, one status each", page_one_by_one, number=1)
            for user, who in ((officers[0], "staff"), (complainants[0], "owner")):
                for query in ("", "?status=closed", "?assigned_to=none", "?assigned_to=me&status=on_hold", "?page=100"):
                    if query == "?page=100" and who == "owner":
                        continue
                    against = plain if who == "staff" and not query else None
                    measure(f"list as {who} {query}", ask(f"/api/reports/{query}", user), against=against)
            plain = measure("links of 1,000 events from the node", links_of_the_node, number=5)
            trail = ask(f"{blockchain}/audit-trail/", long.user)
            body = trail().json()
            assert (body["complete"], body["report_matches"]) == (True, True), body["complete_reason"]
            assert body["next_after"] == len(body["events"])
            measure("audit trail of 1,000 events, first page", trail, against=plain)
            whole = ask(f"{blockchain}/audit-trail/?limit=1000", long.user)
            measure("audit trail of 1,000 events, all at once", whole, against=plain)
            measure("status of 1,000 writes, first page", ask(f"{blockchain}/status/", long.user), against=plain)
        title = f"Scale on {connection.vendor}: {REPORTS:,} reports"
        table_print(title, ["", "requests", "p50, ms", "p99, ms", "times quicker"], rows)


if __name__ == "__main__":
    main()
