"""The real web server and relay, as processes, for what is measured from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

START_SECONDS = 60


@contextmanager
def web_server() -> Iterator[str]:
    """gunicorn on a free port; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "report_hub.wsgi"]
    with _process(command, WEB_BIND=bind):
        _wait_until_up(f"http://{bind}/api/schema/")
        yield f"http://{bind}"


@contextmanager
def relay() -> Iterator[None]:
    """`run_relay`."""
    with _process([sys.executable, "manage.py", "run_relay"]):
        yield


@contextmanager
def _process(command: list[str], **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"{command[1:]} ended with {process.returncode}")
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=START_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")
