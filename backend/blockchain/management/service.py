"""Shared by the long-running commands: a clean start, and an end on SIGTERM or Ctrl-C."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError, connections

from blockchain.chain.artifact import ArtifactError
from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.chain.guard import chain_check_any
from blockchain.chain.new_blocks import NewBlocks
from blockchain.chain.nodes import socket_urls
from blockchain.chain.signers import SignerError
from blockchain.common.collector import loaded_program_frozen

logger = logging.getLogger("blockchain.service")

# Seconds between attempts while the database does not answer.
DATABASE_DOWN_INTERVAL = 1.0


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Configuration and chain errors end a command with one clear line and exit code 1."""
    try:
        yield
    except (ArtifactError, SignerError, ChainError) as error:
        raise CommandError(str(error)) from None


def registry_checked(*, wait: bool) -> Registry:
    """The registry, if a node is on its chain. With `wait`, nodes that are down do not end the command."""
    on = registry()
    try:
        return chain_check_any(on)
    except ChainUnavailable:
        if not wait:
            raise
    return on


def run_until_stopped(step: Callable[[], float], *, woken: Callable[[], None] = lambda: None) -> None:
    """Calls `step` repeatedly, each time after the number of seconds that it returned, until SIGTERM or SIGINT.

    Where a node tells of new blocks (a ws URL in `BLOCKCHAIN_NODE_URLS`), it is called at once for each, after `woken`.

    A database that is down, full or locked does not end it; uncommitted work is repeated.
    """
    stopped, wake = threading.Event(), threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()
        wake.set()

    previous: dict[int, Any] = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    database_down = False
    sockets = [NewBlocks(url=url, wake=wake.set) for url in socket_urls()]
    for socket in sockets:
        socket.start()
    loaded_program_frozen()
    try:
        while not stopped.is_set():
            try:
                seconds = step()
                if database_down:
                    database_down = False
                    logger.warning("database available again")
            except (OperationalError, InterfaceError) as error:
                if not database_down:
                    database_down = True
                    logger.error("database unavailable", extra={"error": type(error).__name__})
                # Drops a broken connection, which would stay broken.
                connections.close_all()
                seconds = DATABASE_DOWN_INTERVAL
            if wake.wait(seconds) and not stopped.is_set():
                wake.clear()
                woken()
    finally:
        for socket in sockets:
            socket.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
