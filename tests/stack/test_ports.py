"""A port that is taken is named, with the variable and a free port to choose."""

import socket
from collections.abc import Iterator

import pytest

from tools.stack.errors import StackError
from tools.stack.ports import HOST, free_port, require_free
from tools.stack.run import run


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_require_free__free__is_quiet() -> None:
    require_free(free_port(), variable="PORT", purpose="the web server")


def test_require_free__taken__names_port_and_variable(taken: int) -> None:
    with pytest.raises(StackError) as refused:
        require_free(taken, variable="PORT", purpose="the web server")
    said = (
        f"port {taken} for the web server can't be used (Address already in use); choose another port: make run PORT="
    )
    assert str(refused.value).startswith(said)
    require_free(int(str(refused.value).removeprefix(said)), variable="PORT", purpose="the web server")


def test_require_free__next_ports_taken_too__suggests_a_free_one(taken: int) -> None:
    # The next one of this machine may be taken by anybody; the one after it is that of the other server.
    with pytest.raises(StackError) as refused:
        require_free(taken, variable="PORT", purpose="the web server", taken=range(taken + 1, taken + 10))
    assert int(str(refused.value).rpartition("=")[2]) >= taken + 10 or taken > 65_000


def test_run__one_port_for_both__names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    port = str(free_port())
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("ANVIL_PORT", port)
    with pytest.raises(StackError, match=rf"^port {port} for the web server can't be used \(it is used twice\)"):
        run()


def test_run__taken__starts_nothing(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("ANVIL_PORT", str(taken))
    with pytest.raises(StackError, match=rf"port {taken} for the local chain .* ANVIL_PORT="):
        run()


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "8000.5"])
def test_run__no_port__names_the_variable(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(StackError, match=r"^PORT must be a port from 1 to 65535"):
        run()
