"""Python's garbage collector, which looks for cycles each time that some hundred objects were made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# A range of logs makes about so many objects, and no cycles.
OBJECTS = 100_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Lets the collector look seldom, in all threads: it takes a sixth of the time of making very many objects."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def loaded_program_frozen() -> None:
    """Takes all objects there are out of garbage collection, once a long-running program is loaded.

    Looking at all of them takes 50 ms every few seconds. The process stands still meanwhile, and so does everybody who
    waits for a lock that one of its threads holds.
    """
    gc.collect()
    gc.freeze()
