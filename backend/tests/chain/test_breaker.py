"""While a node hangs, requests are told at once; and each is asked again once it answers."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from blockchain.chain.breaker import LIMIT, PAUSE_SECONDS, Breaker, TimedOut
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def ask(breaker: Breaker, error: Exception | None = None) -> None:
    """One request; what the node did with it."""
    with breaker.asking():
        if error is not None:
            raise error


def time_out(breaker: Breaker, times: int = LIMIT) -> None:
    for _ in range(times):
        with pytest.raises(TimedOut, match="does not answer"):
            ask(breaker, TimedOut("the node does not answer"))


def assert_not_asked(breaker: Breaker) -> None:
    with pytest.raises(ChainUnavailable, match="the node does not answer") as refused:
        ask(breaker, AssertionError("the node was asked"))
    assert not isinstance(refused.value, TimedOut)


def test_asking__time_outs_in_a_row__the_node_is_not_asked_and_it_is_logged_once(
    breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    time_out(breaker, LIMIT - 1)
    assert not breaker.is_open
    with caplog.at_level(logging.INFO, logger="blockchain"):
        logging.getLogger("blockchain").addHandler(caplog.handler)
        time_out(breaker, 1)
        for _ in range(3):
            assert_not_asked(breaker)
        logging.getLogger("blockchain").removeHandler(caplog.handler)
    assert breaker.is_open
    assert [record.getMessage() for record in caplog.records] == ["node not queried for now"]


@pytest.mark.parametrize("error", [None, ChainUnavailable("refused"), NodeError(code=-32000, message="no")])
def test_asking__answers_or_refusals_between_time_outs__goes_on_asking(
    breaker: Breaker, error: Exception | None
) -> None:
    for _ in range(3):
        time_out(breaker, LIMIT - 1)
        if error is None:
            ask(breaker)
        else:
            with pytest.raises(type(error)):
                ask(breaker, error)
    assert not breaker.is_open


def test_asking__after_the_pause__one_request_tries_and_the_others_are_told_at_once(
    breaker: Breaker, clock: Clock
) -> None:
    time_out(breaker)
    clock.now += PAUSE_SECONDS
    with breaker.asking():
        clock.now += 10 * PAUSE_SECONDS
        assert_not_asked(breaker)
    assert not breaker.is_open
    ask(breaker)


def test_asking__the_one_that_tries_times_out__waits_as_long_again(breaker: Breaker, clock: Clock) -> None:
    time_out(breaker)
    clock.now += PAUSE_SECONDS
    time_out(breaker, 1)
    assert_not_asked(breaker)
    clock.now += PAUSE_SECONDS
    ask(breaker)
    assert not breaker.is_open


def test_asking__the_one_that_tries_ends_in_any_other_way__asks_again(breaker: Breaker, clock: Clock) -> None:
    time_out(breaker)
    clock.now += PAUSE_SECONDS
    with pytest.raises(KeyboardInterrupt), breaker.asking():
        raise KeyboardInterrupt
    ask(breaker)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that does `serve` with each connection; its URL, and the connections that it accepted."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                accepted.append(connection)
                serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", accepted
        server.shutdown(socket.SHUT_RDWR)
    for connection in accepted:
        connection.close()


def drip(connection: socket.socket) -> None:
    """Half of an answer, and then nothing."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


@pytest.mark.parametrize("serve", [lambda connection: None, drip], ids=["silent", "stops in the middle"])
def test_request__node_hangs__is_asked_no_more_than_the_limit(serve: Callable[[socket.socket], None]) -> None:
    breaker = Breaker()
    with listening(serve) as (url, accepted):
        node = Node(url=url, timeout=0.2, breaker=breaker)
        said = set()
        for _ in range(LIMIT + 5):
            with pytest.raises(ChainUnavailable) as error:
                node.chain_id()
            said.add(str(error.value))
        assert len(accepted) == LIMIT
    assert breaker.is_open
    # The same alarm for whoever waited and for whoever did not.
    assert len(said) == 1


def test_request__node_is_down__is_asked_each_time() -> None:
    breaker = Breaker()
    node = Node(url="http://127.0.0.1:9", timeout=5, breaker=breaker)
    for _ in range(LIMIT + 1):
        with pytest.raises(ChainUnavailable):
            node.chain_id()
    assert not breaker.is_open
