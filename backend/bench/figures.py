"""How long the public statistics take to be counted, from many events over several years."""

import random
import statistics
import time

from bench.environment import environment
from bench.table import table_print

EVENTS = 100_000
SHARES = (0.2, 1.0)  # of the events that are filings
ROUNDS = 5
CHUNK = 2_000
START, YEARS = 1_700_000_000, 3


def main() -> None:
    """Prints milliseconds for one count, for each share of filings."""
    with environment("figures"):
        from django.db import connection

        from blockchain.chain.contract import registry
        from blockchain.models import ChainEvent, ChainState, ScanCursor
        from blockchain.protocol.kinds import EventType, Status
        from blockchain.statistics.published import _figures

        others = [EventType.COMMENTED, EventType.ASSIGNED, EventType.RESOLVED, EventType.REOPENED, EventType.ESCALATED]

        def filled(filings: int) -> None:
            """So many complaints, whose other links are spread over all of them."""
            ChainEvent.objects.all().delete()
            ChainState.objects.all().delete()
            chance = random.Random(filings)
            events = []
            for index in range(EVENTS):
                complaint, sequence = index % filings, index // filings + 1
                kind = chance.choice(others) if sequence > 1 else EventType.CREATED
                level = f"0x{chance.randint(1, 3):048x}{START:08x}{START:08x}"
                events.append(
                    ChainEvent(
                        complaint_id=f"{complaint:#066x}",
                        sequence=sequence,
                        event_type=kind,
                        actor="0x" + "11" * 20,
                        timestamp=START + index * YEARS * 365 * 86_400 // EVENTS,
                        data=level if kind is EventType.ESCALATED else "0x" + "22" * 32,
                        tx_hash="0x" + "33" * 32,
                        block_number=index // 500,
                        block_hash="0x" + "44" * 32,
                        log_index=index % 500,
                    )
                )
            ChainEvent.objects.bulk_create(events, batch_size=CHUNK)
            states = [
                ChainState(
                    complaint_id=f"{index:#066x}",
                    event_count=EVENTS // filings,
                    head="0x",
                    sla_deadline=START,
                    status=Status.OPEN,
                    agrees=True,
                )
                for index in range(filings)
            ]
            ChainState.objects.bulk_create(states, batch_size=CHUNK)
            if connection.vendor == "mysql":
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE TABLE complaint_registry_chainevent, complaint_registry_chainstate")

        contract = registry()
        head = contract.node.block("latest")
        assert head is not None
        cursor = ScanCursor(block_number=int(head["number"], 16), block_hash=head["hash"])
        rows = []
        for share in SHARES:
            filings = int(EVENTS * share)
            filled(filings)
            took = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                found = _figures(contract, cursor)
                took.append((time.perf_counter() - start) * 1_000)
            assert found["filed"] == filings
            rows.append([f"{filings:,}", f"{statistics.median(took):.0f}", f"{max(took):.0f}"])
        title = f"Statistics on {connection.vendor}, {EVENTS:,} events over {YEARS} years"
        table_print(title, ["filings", "median ms", "slowest ms"], rows)


if __name__ == "__main__":
    main()
