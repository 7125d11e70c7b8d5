"""The order in which the relay takes writes: queues take turns, so a flood in one queue does not delay the others.

Each write gets its turn when it is accepted (start-time fair queueing): after the last write of its own queue, and
after all writes that the relay has already taken. So the relay's query stays a walk along an index, however many writes
wait. A complaint never changes its queue, so its turns rise with its nonces.
"""

from typing import Final

from django.db import connection

from blockchain.models import Complaint, Write

TAKEN: Final = (Write.State.SENT, Write.State.MINED, Write.State.CONFIRMED)


def turn_next(*, queue: str) -> int:
    """The turn of the next write in a queue."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [queue, *TAKEN])
        (last,) = cursor.fetchone()
    return int(last or 0) + 1


def _sql() -> str:
    """The last turn of the queue and those of each state, in one statement.

    State by state: databases find the end of an index for one, not for several.
    """
    complaints, writes = (connection.ops.quote_name(model._meta.db_table) for model in (Complaint, Write))
    parts = [f"SELECT MAX(last_turn) AS turn FROM {complaints} WHERE queue = %s"]
    parts += [f"SELECT MAX(turn) FROM {writes} WHERE state = %s"] * len(TAKEN)
    return f"SELECT MAX(turn) FROM ({' UNION ALL '.join(parts)}) AS turns"
