"""A shell that stays, as a person's does: variables of one block are there in the next."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.operations.errors import OperationsError

# Reads the names of files from its input and runs each. The first command that fails ends it.
LOOP = """
set -euo pipefail
trap 'echo "line $LINENO failed: $BASH_COMMAND" >&2' ERR
# What it started in the background may keep its output open.
trap 'echo "$1 ended"' EXIT
while IFS= read -r file; do
  . "$file" </dev/null
  echo "$1 done"
done
"""
MARK = "@@block"


class Shell:
    """bash, started by `command` (a program and its first arguments, empty for none).

    `folder` is where its files are written, and `seen` the same folder as the shell sees it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        seen: Path,
        env: Mapping[str, str],
        said: Callable[[str], object],
        cwd: Path | None = None,
    ) -> None:
        self._folder, self._seen, self._said = folder, seen, said
        self._process = subprocess.Popen(
            [*command, "bash", "-c", LOOP, "bash", MARK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            text=True,
            errors="replace",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def run(self, text: str, *, line: int = 1, name: str = "check") -> str:
        """What the commands print. Raises `OperationsError` if one of them fails.

        `line` is the number of the first one, which the shell's own messages then name.
        """
        file = f"{name}.sh"
        (self._folder / file).write_text("\n" * (line - 1) + text)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self._seen / file}\n")
        self._process.stdin.flush()
        printed = list[str]()
        for printed_line in self._process.stdout:
            text, marked, how = printed_line.partition(MARK)
            if text:
                printed.append(text)
                self._said(text)
            if marked and how.strip() == "done":
                return "".join(printed)
            if marked:
                break
        raise OperationsError("".join(printed[-30:]).rstrip() or f"the shell ended in {name}")
