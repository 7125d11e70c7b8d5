"""Clients that are silent or slow, against the web server as production starts it: they hold up nobody else."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from report_hub.web.refusals import TOO_SLOW
from tests.chain_fixtures import Chain
from tests.production.environment import BACKEND
from tests.servers.process import port_free, wait_until

pytestmark = pytest.mark.standalone

SOCKETS = 64
REQUESTS = 20
# Seconds that a request may take beside them; and what slow clients get here.
SWIFT, REQUEST_SECONDS, IDLE_SECONDS = 1.0, 3.0, 2.0
POST = b"POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LARGE = 200_000  # bytes: more than the event loop takes, less than a JSON body may have

SLOW = {
    "silent": b"",
    "half_a_head": b"GET /api/users/me/ HTTP/1.1\r\nHost: loc",
    "small_body": POST + b'Content-Length: 100\r\n\r\n{"username',
    "large_body": POST + f"Content-Length: {LARGE}\r\n\r\n{{".encode(),
    "chunked_body": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    "second_request": b"GET /api/users/me/ HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/",
    "not_hanging_up": b"GET /api/users/me/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}
# Large bodies that the application does not want: the path does not exist, or the method has none.
LONG = b"Host: localhost\r\nContent-Length: 15000000\r\n\r\n"
UNREAD = {
    "no_page": b"POST /x/statistics HTTP/1.1\r\n" + LONG,
    "no_path_of_the_api": b"POST /api/nope HTTP/1.1\r\n" + LONG,
    "get_of_the_api": b"GET /api/blockchain/statistics/ HTTP/1.1\r\n" + LONG,
    "get_in_chunks": b"GET /statistics/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    "nobody": b"POST /api/reports/ HTTP/1.1\r\n" + LONG,
    "probe": b"POST /livez HTTP/1.1\r\n" + LONG,
    "admin": b"POST /admin/login/ HTTP/1.1\r\n" + LONG,
}
PIECE = b"7ca\r\n" + b"x" * 1_994 + b"\r\n"
PAGE = b"GET /verify/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = PAGE[:-2] + b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, deployed_chain: Chain) -> Iterator[str]:
    """Host and port of a web server with the usual processes and threads, and short times for the slow."""
    folder = tmp_path_factory.mktemp("slow")
    address = f"127.0.0.1:{port_free()}"
    environment = {
        "PATH": os.defpath,
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "DJANGO_SECRET_KEY": "django-secret-key-of-the-tests-0123456789",
        "JWT_SIGNING_KEY": "token-signing-key-of-the-tests-0123456789",
        "BLOCKCHAIN_NODE_URLS": deployed_chain.anvil.url,
        "BLOCKCHAIN_DEPLOYMENT": str(deployed_chain.artifact_path),
        "WEB_BIND": address,
        "WEB_REQUEST_SECONDS": str(REQUEST_SECONDS),
        "WEB_IDLE_SECONDS": str(IDLE_SECONDS),
        "WEB_MIN_BYTES_PER_SECOND": "10000",
        **dict.fromkeys(("THROTTLE_LOGIN", "THROTTLE_LOGIN_ADDRESS", "THROTTLE_LOGIN_ACCOUNT"), "10000/min"),
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BACKEND, env=environment, check=True)
    with Path(folder / "said.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "report_hub.wsgi"], cwd=BACKEND, env=environment, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: process.poll() is not None or status_of(address) == 401, what="gunicorn answers", seconds=60)
        assert process.poll() is None, Path(folder / "said.log").read_text()
        yield address
        assert "Traceback" not in Path(folder / "said.log").read_text()
    finally:
        process.terminate()
        process.wait(60)


def status_of(address: str) -> int:
    """Of a request that needs a thread of the server's; 0: none."""
    try:
        return requests.get(f"http://{address}/api/users/me/", timeout=30).status_code
    except requests.ConnectionError:
        return 0


def connected(address: str) -> socket.socket:
    host, _, port = address.partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def read_to_end(client: socket.socket) -> bytes:
    """Whatever the server still says before it closes."""
    said = b""
    try:
        while piece := client.recv(65_536):
            said += piece
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_requests__64_slow_clients_at_once__are_answered_as_if_there_were_none(server: str, sent: bytes) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(SOCKETS)]
        for client in clients:
            client.sendall(sent)
        took = []
        for _ in range(REQUESTS):
            started = time.monotonic()
            assert status_of(server) == 401
            took.append(time.monotonic() - started)
        assert max(took) < SWIFT, took


@pytest.mark.parametrize("name", ["silent", "half_a_head", "small_body"])
def test_slow_client__time_is_over__connection_is_closed(server: str, name: str) -> None:
    with connected(server) as client:
        client.sendall(SLOW[name])
        started = time.monotonic()
        said = read_to_end(client)
    assert REQUEST_SECONDS - 0.5 < time.monotonic() - started < REQUEST_SECONDS + 3
    assert said == (TOO_SLOW if SLOW[name] else b"")


def drip(client: socket.socket, *, piece: bytes, pause: float, seconds: float) -> int:
    """Sends pieces until the time is over or the server has closed; how many bytes."""
    sent, end = 0, time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            client.sendall(piece)
            sent += len(piece)
            time.sleep(pause)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nX: ", SLOW["small_body"], SLOW["large_body"]])
def test_slow_client__byte_by_byte__connection_is_closed_all_the_same(server: str, start: bytes) -> None:
    with connected(server) as client:
        client.sendall(start)
        began = time.monotonic()
        drip(client, piece=b"x", pause=0.1, seconds=15)
        assert time.monotonic() - began < 10


def test_large_body__slow_but_steady__is_read_to_its_end(server: str) -> None:
    body = b'{"username": "' + b"a" * (LARGE - 16) + b'"}'
    with connected(server) as client:
        client.sendall(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        # 40 kB/s, for longer than the server would wait for a silent client.
        for start in range(0, len(body), 8_000):
            client.sendall(body[start : start + 8_000])
            time.sleep(0.2)
        assert b" 400 " in read_to_end(client).partition(b"\r\n")[0]


def test_small_body__in_two_pieces__is_read_to_its_end(server: str) -> None:
    with connected(server) as client:
        client.sendall(POST + b'Connection: close\r\nContent-Length: 36\r\n\r\n{"username": "x",')
        time.sleep(0.5)
        client.sendall(b' "password": "xxx"}')
        assert b" 401 " in read_to_end(client).partition(b"\r\n")[0]


def test_kept_connection__several_requests_in_one_piece__each_is_answered(server: str) -> None:
    one = b"GET /api/users/me/ HTTP/1.1\r\nHost: localhost\r\n"
    with connected(server) as client:
        client.sendall((one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
        assert read_to_end(client).count(b"HTTP/1.1 401 ") == 4


def test_expect_100_continue__large_body__server_asks_for_it(server: str) -> None:
    body = b'{"username": "x", "password": "xxx"}'
    with connected(server) as client:
        client.sendall(POST + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert client.recv(25).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(body)
        assert b" 401 " in read_to_end(client)


@contextmanager
def dripping(address: str, start: bytes, *, sockets: int = 24) -> Iterator[None]:
    """Clients that send bodies at 20 kB/s, twice the least speed here, for as long as the server takes them."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(address)) for _ in range(sockets)]
        over = threading.Event()

        def drip_all() -> None:
            while not over.wait(0.1):
                for client in clients:
                    with suppress(OSError):
                        client.sendall(PIECE)

        for client in clients:
            client.sendall(start)
        thread = threading.Thread(target=drip_all)
        thread.start()
        try:
            time.sleep(0.5)
            yield
        finally:
            over.set()
            thread.join()


def took(work: Callable[[], int]) -> tuple[list[int], float]:
    """What it returned each time, and the longest time in seconds."""
    results, longest = [], 0.0
    for _ in range(REQUESTS):
        started = time.monotonic()
        results.append(work())
        longest = max(longest, time.monotonic() - started)
        if longest >= SWIFT:
            break
    return results, longest


def page_asked(address: str) -> int:
    return requests.get(f"http://{address}/statistics/", timeout=60).status_code


def body_posted(address: str) -> int:
    """Of a body that a thread reads."""
    return requests.post(f"http://{address}/api/token/", json={"username": "a" * LARGE}, timeout=60).status_code


@pytest.mark.parametrize("start", UNREAD.values(), ids=UNREAD)
def test_requests__24_bodies_arrive_slowly_that_nobody_reads__are_answered_as_if_there_were_none(
    server: str, start: bytes
) -> None:
    with dripping(server, start):
        assert took(lambda: status_of(server))[1] < SWIFT
        # Nothing of the chain was read here, so there are no figures.
        statuses, longest = took(lambda: page_asked(server))
        assert (set(statuses), longest < SWIFT) == ({503}, True), longest
        statuses, longest = took(lambda: body_posted(server))
        assert (set(statuses), longest < SWIFT) == ({400}, True), longest


def test_large_body__24_others_arrive_slowly__does_not_wait_for_them(server: str) -> None:
    # A megabyte, the most that a JSON body may have, takes 50 s at this speed.
    with dripping(server, POST + b"Content-Length: 1000000\r\n\r\n"):
        assert took(lambda: status_of(server))[1] < SWIFT
        started = time.monotonic()
        assert body_posted(server) == 400
        assert time.monotonic() - started < 15


def test_requests__60_clients_read_no_response__are_answered_as_if_there_were_none(server: str) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            host, _, port = server.partition(":")
            client.connect((host, int(port)))
            client.sendall(PAGE * 100)
        time.sleep(0.5)
        statuses, longest = took(lambda: status_of(server))
        assert (set(statuses), longest < SWIFT) == ({401}, True), longest


def test_response__read_slowly_but_steadily__arrives_whole(server: str) -> None:
    with connected(server) as client:
        # 8 MB at 2 MB/s: for longer than the server would wait for a client that reads nothing.
        client.sendall(PAGE * 99 + LAST)
        got = 0
        while piece := client.recv(100_000):
            got += len(piece)
            time.sleep(0.05)
    assert got > 100 * (BACKEND.parent / "verifier" / "verify.html").stat().st_size
