"""The supervisor: no child outlives it, and none ends unnoticed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.stack.errors import StackError
from tools.stack.places import ROOT
from tools.stack.processes import Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"]}
PATIENCE = 10.0  # seconds


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or a zombie that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for_ends(pids: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not all(has_ended(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def wait_for_line(log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return log.read_text()


def test_exit__child_with_a_child__ends_both(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("family", ["sh", "-c", "sleep 60 & echo $!; wait"], env=ENVIRONMENT)
        grandchild = int(wait_for_line(child.log))
    assert wait_for_ends([child.process.pid, grandchild])


def test_exit__child_that_ignores_the_signal__is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.stack.processes.STOP_SECONDS", 0.2)
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start(
            "deaf", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], env=ENVIRONMENT
        )
        wait_for_line(child.log)
    assert wait_for_ends([child.process.pid])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_supervisor__killed__children_end(tmp_path: Path) -> None:
    program = (
        "import time; from pathlib import Path; from tools.stack.processes import Supervisor;"
        f"child = Supervisor(Path({str(tmp_path)!r})).start('sleeper', ['sleep', '60'], env={{}});"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert wait_for_ends([pid])


def test_check__child_ended__names_it_and_quotes_its_log(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("relay", ["sh", "-c", "echo no key; exit 3"], env=ENVIRONMENT)
        child.process.wait(PATIENCE)
        with pytest.raises(StackError, match=r"(?s)^relay ended with status 3; its log is .*relay\.log.*no key$"):
            supervisor.check()


def test_check__awaited_child_succeeded__is_no_failure(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        child = supervisor.start("migrate", ["true"], env=ENVIRONMENT, stays=False)
        child.process.wait(PATIENCE)
        supervisor.check()
        supervisor.finish(child, seconds=PATIENCE)
        assert supervisor.children == []


def test_wait_until__never__says_what_took_too_long(tmp_path: Path) -> None:
    with (
        Supervisor(tmp_path) as supervisor,
        pytest.raises(StackError, match=r"^starting the web took more than 0\.1 s"),
    ):
        supervisor.wait_until(lambda: False, what="starting the web", seconds=0.1)


def test_start__program_missing__is_one_line(tmp_path: Path) -> None:
    with (
        Supervisor(tmp_path) as supervisor,
        pytest.raises(StackError, match=r"^anvil-x can't be started .*make setup$"),
    ):
        supervisor.start("anvil", ["anvil-x"], env=ENVIRONMENT)


def test_end__one_program__the_others_go_on(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        ended = supervisor.start("ended", ["sleep", "60"], env=ENVIRONMENT)
        stays = supervisor.start("stays", ["sleep", "60"], env=ENVIRONMENT)
        supervisor.end("ended")
        assert ended.ended
        assert not stays.ended
        supervisor.check()
