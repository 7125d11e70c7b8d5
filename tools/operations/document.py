"""Reads the commands of a document: its fenced `sh` blocks, in order."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tools.operations.errors import OperationsError

# The first line of a block that runs on the machine with the contract's toolchain and the admin's key.
ADMIN = "# On the admin's machine"
# Placeholders that the reader fills in.
PLACEHOLDER = re.compile(r"(?<!\S)([A-Z_]+)=\.\.\.(?!\S)")
HEADING = re.compile(r"^#{1,6} (.+)$")
FENCE = re.compile(r"^```(\w*)$")


@dataclass(frozen=True)
class Block:
    """One block. `line`: the line of its first command in the document, from 1. `section`: the heading above it."""

    section: str
    line: int
    text: str

    @property
    def is_for_admin(self) -> bool:
        return self.text.startswith(ADMIN)

    @property
    def placeholders(self) -> list[str]:
        """The names of the placeholders, in order."""
        return PLACEHOLDER.findall(self.text)

    def filled(self, values: Mapping[str, Callable[[], str]]) -> str:
        """The text with its placeholders filled in. Raises `OperationsError` for a placeholder without a value."""

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise OperationsError(f"line {self.line}: there is no value for {found[1]}")
            return f"{found[1]}={values[found[1]]()}"

        return PLACEHOLDER.sub(value, self.text)


def blocks(document: str, *, languages: tuple[str, ...] = ("sh",)) -> Iterator[Block]:
    """The document's blocks in these languages."""
    section, start, language, lines = "", 0, "", list[str]()
    for number, line in enumerate(document.splitlines(), 1):
        fence = FENCE.match(line)
        if start == 0 and fence:
            start, language, lines = number + 1, fence[1], []
        elif start and line == "```":
            if language in languages:
                yield Block(section, start, "\n".join(lines) + "\n")
            start = 0
        elif start:
            lines.append(line)
        elif heading := HEADING.match(line):
            section = heading[1]
