"""Wakes a process for each new block that a node tells of over a WebSocket (`newHeads`).

Nothing is read from the socket but that there is something to look for: what is true is asked for over HTTP, and is
asked for at intervals anyway. So a socket that is dead, lies or is closed only makes things slower.
"""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from blockchain.common.redaction import redacted_url

logger = logging.getLogger("blockchain.node")

# Seconds: to connect; without a block until the node is asked whether it is there; between attempts, doubling.
OPEN_SECONDS, QUIET_SECONDS = 10.0, 60.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
# Bytes of a message; a header has less than two kilobytes.
MESSAGE_BYTES = 65_536
SUBSCRIBE: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]})
FAULTS: Final = (OSError, WebSocketException, ValueError, TypeError, TimeoutError)


class NewBlocks:
    """A thread that calls `wake` for each new block, and connects again as long as it is not stopped."""

    def __init__(self, *, url: str, wake: Callable[[], None]) -> None:
        self._url, self._wake, self._name = url, wake, redacted_url(url)
        self._stopped = threading.Event()
        self._socket: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="new-blocks", daemon=True)

    def start(self) -> None:
        """Begins, without waiting for the node."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it, without waiting for the node."""
        self._stopped.set()
        if (socket := self._socket) is not None:
            socket.socket.close()

    def _run(self) -> None:
        pause, told = FIRST_PAUSE, False
        while not self._stopped.is_set():
            try:
                for _ in self._blocks():
                    pause, told = FIRST_PAUSE, False
                    self._wake()
            except FAULTS as error:
                if not told and not self._stopped.is_set():
                    told = True
                    logger.warning("no new blocks told", extra={"node": self._name, "error": type(error).__name__})
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _blocks(self) -> Any:
        with connect(
            self._url, open_timeout=OPEN_SECONDS, close_timeout=1, max_size=MESSAGE_BYTES, proxy=None
        ) as socket:
            self._socket = socket
            socket.send(SUBSCRIBE)
            while not self._stopped.is_set():
                try:
                    message = json.loads(socket.recv(timeout=QUIET_SECONDS))
                except TimeoutError:
                    # The library's pings end a dead connection; a chain may just be slow.
                    continue
                if isinstance(message, dict) and "error" in message:
                    raise ValueError("the node has no such subscription")
                if isinstance(message, dict) and message.get("method") == "eth_subscription":
                    yield message
