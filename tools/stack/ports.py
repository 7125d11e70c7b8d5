"""Ports of this machine."""

import socket
from collections.abc import Container

from tools.stack.errors import StackError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, *, variable: str, purpose: str, taken: Container[int] = ()) -> None:
    """Raises `StackError`, with the variable and a free port, if somebody listens on `port` or it is among `taken`."""
    if problem := "it is used twice" if port in taken else _problem(port):
        free = (each for each in range(port + 1, 65536) if each not in taken and not _problem(each))
        raise StackError(
            f"port {port} for {purpose} can't be used ({problem}); "
            f"choose another one: make run {variable}={next(free, free_port())}"
        )


def _problem(port: int) -> str:
    """Why nothing can listen on `port`; empty if something can."""
    with socket.socket() as probe:
        # As servers do: a port on which connections are still ending is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return str(error.strerror)
    return ""
