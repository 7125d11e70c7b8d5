"""A command of a document that fails ends the run, and is named."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.operations.errors import OperationsError
from tools.operations.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with Shell([], folder=tmp_path, seen=tmp_path, env={"PATH": os.defpath}, said=lambda _: None) as made:
        yield made


def test_run__variables__stay(shell: Shell) -> None:
    shell.run("NAME=complaint")
    assert shell.run('echo "$NAME"; printf unended') == "complaint\nunended"


def test_run__a_command_that_fails__is_named_with_its_line(shell: Shell) -> None:
    with pytest.raises(OperationsError, match=r"line 41 failed: false"):
        shell.run("true\nfalse\necho not reached\n", line=40)


@pytest.mark.parametrize("text", ["no-such-command\n", "false | cat\n", 'echo "$NOT_SET"\n', "if\n"])
def test_run__what_a_person_would_see_fail__fails(shell: Shell, text: str) -> None:
    with pytest.raises(OperationsError):
        shell.run(text)


def test_run__something_in_the_background_keeps_the_output_open__the_failure_is_told_at_once(shell: Shell) -> None:
    shell.run("sleep 20 &")
    started = time.monotonic()
    with pytest.raises(OperationsError):
        shell.run("false")
    assert time.monotonic() - started < 10


def test_run__a_command_that_reads_its_input__does_not_eat_the_next(shell: Shell) -> None:
    shell.run("cat")
    assert shell.run("echo next") == "next\n"
