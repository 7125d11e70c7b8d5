"""Ports of this machine."""

import socket

from scripts._stack.errors import StackError

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, *, variable: str, purpose: str) -> None:
    """Raises `StackError`, naming the variable that chooses another one, if somebody listens on `port`."""
    with socket.socket() as probe:
        # As servers do: a port on which connections are still ending is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port} for {purpose} can't be used ({error.strerror}); "
                f"choose another one: make run {variable}={port + 1}"
            ) from None
