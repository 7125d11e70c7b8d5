"""What each operation of the registry costs."""

from collections.abc import Callable, Sequence
from typing import Final

from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.node import BASE_TIME
from tests.support.registry import Registry
from tests.support.spec import DAY, EventType

BATCH: Final = 100  # entries
FULL_BATCH: Final = 900  # entries: what fits into 120,000 bytes of calldata
FILINGS: Final = 300  # that fit into one transaction

# Absolute, so that the bytes of the calldata, which have a price, are the same in every run. Unix seconds.
NOW: Final = BASE_TIME + 10 * DAY
DEADLINE: Final = BASE_TIME + 20 * DAY

# Seconds from a filing to its deadline.
DEFAULT_SLA: Final = 7 * DAY

# The complaint of the operations on one, and the ids of those on many; `WARM` was filed before any of them.
NUMBER: Final = 1
MANY: Final = tuple(complaint_id(number) for number in range(1_000, 1_000 + FULL_BATCH))
WARM: Final = complaint_id(0)

Measurements = dict[str, int]
Step = Callable[[], object]
Operation = Callable[[], int]


class Bench:
    """A registry whose filings set a deadline, and in which one complaint is filed already."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.complaint = complaint_id(NUMBER, registry.actors.complainant)

    def alone(self, operate: Operation, *prepare: Step, warm: bool = True) -> int:
        """Gas of an operation after these steps, all of which are undone. `warm`: after the first filing."""
        node = self.registry.node
        with node.undone():
            node.warp(NOW)
            if warm:
                self.registry.create(WARM)
            for step in prepare:
                step()
            return operate()

    def file(self) -> int:
        return self.log(EventType.CREATED, 0)

    def log(self, event_type: EventType, nonce: int, *, at: int | None = None) -> int:
        return self.registry.log(self.complaint, event_type, nonce=nonce, at=at).gas_used

    def file_many(self) -> None:
        """The complaints of the operations on many."""
        self.batch(entries(MANY[: 2 * BATCH], EventType.CREATED, 0))

    def file_all(self) -> None:
        """The complaints of a full batch."""
        for start in range(0, FULL_BATCH, FILINGS):
            self.batch(entries(MANY[start : start + FILINGS], EventType.CREATED, 0))

    def batch(self, batch: Sequence[Entry]) -> int:
        return self.registry.record_batch(batch).gas_used

    def signed(self) -> int:
        """One comment, with data for which neither it nor its signature has a zero byte, which would be cheaper.

        What is signed names GENESIS, and that is another one in every run.
        """
        for number in range(1_000):
            entry = Entry(self.complaint, EventType.COMMENTED, data_hash(number), 1)
            signed = self.registry.signed(entry)
            signature = self.registry.sign_entry(signed)
            if 0 not in entry.data + signature:
                return self.registry.record_signed(signed, signature).gas_used
        raise AssertionError("every signature has a zero byte")

    def object(self) -> int:
        """One objection, chosen as the comment of `signed`."""
        for number in range(1_000):
            objection = self.registry.objection(NUMBER, data_hash(number), objections=0)
            signature = self.registry.sign_objection(objection)
            if 0 not in objection.data + signature:
                return self.registry.object(objection, signature).gas_used
        raise AssertionError("every signature has a zero byte")


def entries(complaints: Sequence[bytes], event_type: EventType, nonce: int, data: bytes | None = None) -> list[Entry]:
    """One entry for each complaint."""
    return [
        Entry(one, event_type, data_hash(number) if data is None else data, nonce)
        for number, one in enumerate(complaints)
    ]


def measure_registry(registry: Registry) -> Measurements:
    """Gas of each operation of the budget, and of some others; each from the same state."""
    bench = Bench(registry)
    return {**_measure_single(bench), **_measure_batches(bench)}


def _measure_single(bench: Bench) -> Measurements:
    registry, complaint, alone = bench.registry, bench.complaint, bench.alone
    overdue = NOW + DEFAULT_SLA + 2 * DAY + 100  # past the deadline of the filing and the two that follow it

    def pause() -> int:
        return registry.pause(complaint, 1).gas_used

    def resolve() -> int:
        return bench.log(EventType.RESOLVED, 1)

    return {
        "file": alone(bench.file),
        "file, first of the registry": alone(bench.file, warm=False),
        "log, later": alone(lambda: bench.log(EventType.COMMENTED, 1), bench.file),
        "signed log, later": alone(bench.signed, bench.file),
        "object": alone(bench.object, bench.file),
        "anchor evidence": alone(lambda: registry.anchor(complaint, data_hash(9), 1).gas_used, bench.file),
        "set SLA": alone(lambda: registry.set_deadline(complaint, DEADLINE, 1).gas_used, bench.file),
        "escalate one": alone(lambda: registry.escalate(complaint, at=NOW + DEFAULT_SLA + 100).gas_used, bench.file),
        "log, later, 3 levels overdue": alone(lambda: bench.log(EventType.COMMENTED, 1, at=overdue), bench.file),
        "pause": alone(pause, bench.file),
        "resume": alone(lambda: registry.resume(complaint, 2).gas_used, bench.file, pause),
        "resolve, clock running": alone(resolve, bench.file),
        "reopen, clock stopped": alone(lambda: bench.log(EventType.REOPENED, 2), bench.file, resolve),
        "close, clock running": alone(lambda: bench.log(EventType.CLOSED, 1), bench.file),
    }


def _measure_batches(bench: Bench) -> Measurements:
    alone, batch = bench.alone, bench.batch
    hundred = MANY[:BATCH]
    comments = entries(hundred, EventType.COMMENTED, 1)
    # Behind the comments, so that the transaction's own gas, and the floor of EIP-7623, are paid by these.
    stale = entries(MANY[BATCH : 2 * BATCH], EventType.COMMENTED, 0)
    behind = [stale[0], *(stale[0].but(nonce=nonce) for nonce in range(1, BATCH + 1))]
    only_comments = alone(lambda: batch(comments), bench.file_many)
    one_skipped = alone(lambda: batch([*comments, stale[0]]), bench.file_many)
    full = alone(lambda: batch(entries(MANY, EventType.COMMENTED, 1)), bench.file_all)
    deadlines = entries(hundred, EventType.SLA_DEADLINE_SET, 1, DEADLINE.to_bytes(32))
    return {
        "batch of 100: file": alone(lambda: batch(entries(hundred, EventType.CREATED, 0))) // BATCH,
        "batch of 100: log, later": only_comments // BATCH,
        "batch of 100: anchor evidence": alone(
            lambda: batch(entries(hundred, EventType.EVIDENCE_ANCHORED, 1)), bench.file_many
        )
        // BATCH,
        "batch of 100: set SLA": alone(lambda: batch(deadlines), bench.file_many) // BATCH,
        "batch of 100: escalate": alone(
            lambda: bench.registry.escalate_batch(hundred, at=NOW + DEFAULT_SLA + 100).gas_used, bench.file_many
        )
        // BATCH,
        "batch: one skipped entry more": (alone(lambda: batch([*comments, *stale]), bench.file_many) - only_comments)
        // BATCH,
        "batch: one entry more behind a skipped one": (
            alone(lambda: batch([*comments, *behind]), bench.file_many) - one_skipped
        )
        // BATCH,
        "batch of 900: log, later": full // FULL_BATCH,
        "batch of 900: log, later, the whole transaction": full,
    }
