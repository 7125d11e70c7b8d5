"""From a program counter to the place in the source that it was compiled from."""

from dataclasses import dataclass
from typing import Final

PUSH1: Final = 0x60
PUSH32: Final = 0x7F
JUMPI: Final = 0x57


@dataclass(frozen=True)
class Place:
    """Bytes of a source file; `file` is solc's number of it, -1 for none."""

    start: int
    length: int
    file: int


@dataclass(frozen=True)
class Program:
    """One piece of code, creation or runtime."""

    places: dict[int, Place]  # by program counter
    conditional_jumps: frozenset[int]  # program counters


def read(bytecode: str, source_map: str) -> Program:
    """`bytecode` in hex; a placeholder of a library or an immutable counts as its digits."""
    code = bytes.fromhex(bytecode.removeprefix("0x"))
    fields = ["0", "0", "-1"]
    places: dict[int, Place] = {}
    jumps: set[int] = set()
    counter = 0
    for entry in source_map.split(";"):
        for index, value in enumerate(entry.split(":")[:3]):
            if value:
                fields[index] = value
        if counter >= len(code):
            break
        opcode = code[counter]
        places[counter] = Place(*map(int, fields))
        if opcode == JUMPI:
            jumps.add(counter)
        counter += opcode - PUSH1 + 2 if PUSH1 <= opcode <= PUSH32 else 1
    return Program(places, frozenset(jumps))
