"""A stack that is up and not well says what is red and what to do about it; `make manage` needs a stack."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.stack import manage, stack
from tools.stack.errors import StackError
from tools.stack.ports import free_port
from tools.stack.processes import Supervisor

WELL = {"up": True, "problems": []}
FAILED = {"problem": "1 writes failed", "remedy": "Run `manage.py write_retry`."}
STARTING = {"problem": "no relay is running", "remedy": "Start it."}


class Web(ThreadingHTTPServer):
    """Answers a login, and the health endpoint with one of `reports` after the other, the last one for ever."""

    reports: list[dict[str, Any]]


class Answers(BaseHTTPRequestHandler):
    server: Web

    def do_POST(self) -> None:
        self._send(200, {"access": "token"})

    def do_GET(self) -> None:
        if self.path == "/livez":
            return self._send(200, "live")
        reports = self.server.reports
        report = reports.pop(0) if len(reports) > 1 else reports[0]
        return self._send(200 if all(part["up"] for part in report.values()) else 503, report)

    def _send(self, status: int, body: Any) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        return


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def started(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stack.Stack:
    monkeypatch.setattr(stack, "SETTLE_SECONDS", 0.2)
    return stack.Stack(tmp_path, Supervisor(tmp_path / "logs"), port=web.server_port, anvil_port=free_port())


def report(**relay: Any) -> dict[str, Any]:
    return {"chain": WELL, "relay": relay, "storage": WELL}


def test_problems__relay_still_starting__is_waited_for(web: Web, started: stack.Stack) -> None:
    web.reports = [report(up=False, running=False, problems=[STARTING])] * 3 + [report(up=True, running=True)]
    assert started.answers()
    assert started.problems() == []


def test_problems__write_failed__is_told_with_its_remedy_and_the_stack_is_up(web: Web, started: stack.Stack) -> None:
    web.reports = [report(up=False, running=True, problems=[FAILED])]
    assert started.answers()
    assert started.problems() == ["relay: 1 writes failed. Run `manage.py write_retry`."]


def test_problems__relay_never_starts__is_told_after_the_time_given(web: Web, started: stack.Stack) -> None:
    web.reports = [report(up=False, running=False, problems=[STARTING])]
    assert started.problems(seconds=0.3) == ["relay: no relay is running. Start it."]


def test_manage__no_stack_yet__says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage, "RUN_FOLDER", tmp_path)
    with pytest.raises(StackError, match=r"^`make run` has no data yet"):
        manage.manage(["check"])
