"""A shell that keeps running, like a person's: the variables of one block exist in the next."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.operations.errors import OperationsError

# Reads file names from its input and runs each file. The first command that fails ends it.
LOOP = """
set -euo pipefail
trap 'echo "line $LINENO failed: $BASH_COMMAND" >&2' ERR
# Background processes may keep its output open.
trap 'echo "$1 ended"' EXIT
while IFS= read -r file; do
  . "$file" </dev/null
  echo "$1 done"
done
"""
MARK = "@@block"


class Shell:
    """A bash, started by `command` (a program and its first arguments; empty: directly).

    The blocks are written to `folder`; `seen` is the path of that folder inside the shell.
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
        """Runs commands and returns their output. Raises `OperationsError` if one of them fails.

        `line` is the line number of the first command, so the shell's own messages name the right lines.
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
