"""Ports of this machine."""

import socket
from collections.abc import Container

from tools.stack.errors import StackError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, *, variable: str, purpose: str, taken: Container[int] = ()) -> None:
    """Raises `StackError`, with the variable and a free port, if `port` is in use or among `taken`."""
    if problem := "it is used twice" if port in taken else _problem(port):
        free = (each for each in range(port + 1, 65536) if each not in taken and not _problem(each))
        raise StackError(
            f"port {port} for {purpose} can't be used ({problem}); "
            f"choose another port: make run {variable}={next(free, free_port())}"
        )


def _problem(port: int) -> str:
    """Why no server can listen on `port`; empty if one can."""
    with socket.socket() as probe:
        # Like servers, treats a port as free while its old connections are still ending.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return str(error.strerror)
    return ""
