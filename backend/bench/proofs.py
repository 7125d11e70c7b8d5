"""Proofs: the relay's throughput with rounds of storage proofs and without, in turns; what a round and a receipt cost.

The turns alternate, so that what else the machine does meets both. With rounds, there is always more to prove, so that
they come as often as the relay lets them; a relay that has proved everything waits five minutes instead.
"""

import time
from statistics import median
from typing import TYPE_CHECKING

from bench.environment import environment
from bench.table import table_print

if TYPE_CHECKING:
    from tests.chain_fixtures import Chain

# Complaints of one turn, one write each; turns with rounds, and as many without.
COMPLAINTS, TURNS = 6_000, 4
# With the registry, the most complaints without promises that one request takes.
ROUND, ROUNDS = 255, 5
INTERVAL_SECONDS = 1.0


def main() -> None:
    with environment("proofs") as chain:
        _throughput()
        _sizes(chain)


def _throughput() -> None:
    from django.conf import settings
    from django.db import connection

    from blockchain.management.commands.run_relay import Rounds
    from blockchain.models import ProofBlock, SlotProof, Write
    from blockchain.relay.loop import relay_new

    taken: list[float] = []
    # Seconds until the next round when a turn ended.
    left = 0.0

    class Timed(Rounds):
        """Measures how long the rounds of proofs take."""

        def _proofs(self, retry: float) -> float:
            started = time.perf_counter()
            wait = super()._proofs(retry)
            taken.append(time.perf_counter() - started)
            return wait

    def turn(number: int, interval: float) -> tuple[float, float]:
        """Seconds until all is confirmed and read, by the clock and of this process."""
        nonlocal left
        settings.BLOCKCHAIN_PROOF_INTERVAL = interval
        _file(number)
        rounds = Timed(relay_new(), relay_only=False)
        rounds.next_proofs = time.monotonic() + left
        started, worked = time.perf_counter(), time.process_time()
        while Write.objects.exclude(state=Write.State.CONFIRMED).exists():
            time.sleep(min(rounds.step(), 0.005))
        rounds.relay.release()
        if interval:
            left = max(0.0, rounds.next_proofs - time.monotonic())
        return time.perf_counter() - started, time.process_time() - worked

    # Of each, the first turn is the warm-up.
    turns: dict[float, list[tuple[float, float]]] = {0.0: [], INTERVAL_SECONDS: []}
    for number in range(2 * (TURNS + 1)):
        interval = list(turns)[number % 2]
        turns[interval].append(turn(number, interval))
        if number == 1:
            taken.clear()
    off, on = ([median(each) for each in zip(*found[1:], strict=True)] for found in turns.values())
    rows = [[name, *(f"{COMPLAINTS / each:.0f}" for each in found)] for name, found in (("off", off), ("on", on))]
    rows.append(["loss", *(f"{(1 - without / within) * 100:.1f} %" for without, within in zip(off, on, strict=True))])
    part = sum(taken) / sum(seconds for seconds, _ in turns[INTERVAL_SECONDS][1:])
    rows.append(["rounds take", f"{part * 100:.1f} %", ""])
    blocks, proofs = ProofBlock.objects.count(), SlotProof.objects.filter(of=SlotProof.Of.COMPLAINT).count()
    title = f"Relay on {connection.vendor}, turns of {COMPLAINTS} writes; {blocks} rounds took {proofs} proofs"
    table_print(title, ["rounds", "writes/s", "per CPU second"], rows)


def _file(number: int) -> None:
    from django.db import transaction

    from blockchain.recording import complaint_open
    from tests.fixtures.contents import CHANGES

    for start in range(0, COMPLAINTS, 200):
        with transaction.atomic():
            for each in range(start, start + 200):
                complaint_open(source="bench", external_id=f"{number}-{each}", changes=CHANGES, by="clerk")


def _sizes(chain: "Chain") -> None:
    from blockchain.indexer.sync import events_sync
    from blockchain.models import Complaint
    from blockchain.proofs.publication import candidates_settle
    from blockchain.proofs.receipts import receipt_of, receipt_public
    from blockchain.proofs.rounds import proof_round

    events_sync(registry=chain.registry)
    ids = list(Complaint.objects.order_by("pk").values_list("complaint_id", flat=True)[:ROUND])
    times = []
    for _ in range(ROUNDS):
        chain.anvil.mine()
        started = time.perf_counter()
        assert proof_round(registry=chain.registry, complaint_ids=ids).complaints == ROUND
        times.append(time.perf_counter() - started)
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    candidates_settle(registry=chain.registry)
    complaint = Complaint.objects.get(complaint_id=ids[0])
    started = time.perf_counter()
    whole, public = receipt_of(complaint), receipt_public(complaint.complaint_id)
    assert whole is not None
    assert public is not None
    text = whole.text()
    seconds = time.perf_counter() - started
    rows = [
        [f"one round, {ROUND} complaints", f"{median(times) * 1000:.0f} ms"],
        [f"receipt, {len(whole.receipt['proofs'])} proofs, {len(whole.receipt['links'])} link", f"{len(text)} bytes"],
        ["its public half", f"{len(public.text())} bytes"],
        ["making both", f"{seconds * 1000:.1f} ms"],
    ]
    table_print(f"Proofs among {Complaint.objects.count()} complaints", ["", ""], rows)


if __name__ == "__main__":
    main()
