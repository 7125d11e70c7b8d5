"""How long the relay takes to find the next batch among many writes that wait, most of them one complainant's."""

import statistics
import time

from bench.environment import environment
from bench.table import table_print

WAITING = 100_000
COMPLAINTS = 1_000
ROUNDS = 20
CHUNK = 2_000


def main() -> None:
    """Prints milliseconds for one selection, at each number of writes that wait."""
    with environment("selection"):
        from django.db import connection

        from blockchain.models import Complaint, Write
        from blockchain.protocol.kinds import ENTRIES, EventType
        from blockchain.relay.pack import MAX_ENTRIES
        from blockchain.relay.select import writes_ready

        def waiting(number: int) -> None:
            """One complaint with a tenth of the writes, and the rest over many."""
            made = [
                Complaint(complaint_id=f"{index:#066x}", source="bench", external_id=f"{index}", salt="0x")
                for index in range(COMPLAINTS)
            ]
            Complaint.objects.bulk_create(made)
            complaints = list(Complaint.objects.order_by("pk"))
            nonces = [0] * COMPLAINTS
            rows = []
            for index in range(number):
                place = 0 if index < number // 10 else index % COMPLAINTS
                rows.append(
                    Write(
                        complaint=complaints[place],
                        nonce=nonces[place],
                        event_type=EventType.COMMENTED if nonces[place] else EventType.CREATED,
                        data="0x" + "11" * 32,
                        turn=nonces[place] + 1,
                    )
                )
                nonces[place] += 1
            Write.objects.bulk_create(rows, batch_size=CHUNK)
            if connection.vendor == "mysql":
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE TABLE complaint_registry_write, complaint_registry_complaint")

        waiting(WAITING)
        took = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            found = writes_ready(kinds=frozenset(int(kind) for kind in ENTRIES), limit=MAX_ENTRIES)
            took.append((time.perf_counter() - start) * 1_000)
        assert found
        title = f"Selection of a batch on {connection.vendor}, {WAITING:,} writes waiting"
        row = [f"{len(found)}", f"{len({each.complaint_id for each in found})}"]
        row += [f"{statistics.median(took):.1f}", f"{max(took):.1f}"]
        table_print(title, ["writes", "complaints", "median ms", "slowest ms"], [row])


if __name__ == "__main__":
    main()
