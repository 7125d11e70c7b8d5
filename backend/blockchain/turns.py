"""The order in which the relay takes writes: queues take turns, so that a flood in one does not delay the others.

Each write gets its turn when it is accepted (start-time fair queueing): the one after the last of its own queue, and
after what the relay has taken already. So the relay's question stays a walk along an index, however many writes wait.
Within a complaint, which is in one queue for good, turns rise with the nonces.
"""

from django.db.models import Max

from blockchain.models import Complaint, Write

TAKEN = (Write.State.SENT, Write.State.MINED, Write.State.CONFIRMED)


def turn_next(*, queue: str) -> int:
    """The turn of the next write in a queue."""
    own = Complaint.objects.filter(queue=queue).aggregate(last=Max("last_turn"))["last"] or 0
    # One by one: databases find the end of an index for one state, not for several.
    taken = (Write.objects.filter(state=state).aggregate(last=Max("turn"))["last"] or 0 for state in TAKEN)
    return int(max(own, *taken)) + 1
