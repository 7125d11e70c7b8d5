"""Runs a command of the backend and kills it, as by `kill -9`, when it comes to a point. No hook in production code.

`python -m tests.faults.runner POINT COMMAND [ARGUMENT ...]`, with the settings of the test in the environment.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def killed(*args: Any, **kwargs: Any) -> Any:
    """Ends the process without any clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)


def _instead(module: str, name: str) -> None:
    _replace(module, name, lambda function: killed)


def _after(module: str, name: str) -> None:
    def wrap(function: Function) -> Function:
        def call(*args: Any, **kwargs: Any) -> Any:
            function(*args, **kwargs)
            return killed()

        return call

    _replace(module, name, wrap)


def _replace(module: str, name: str, wrap: Callable[[Function], Function]) -> None:
    import importlib

    owner: Any = importlib.import_module(module)
    *classes, name = name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    setattr(owner, name, wrap(getattr(owner, name)))


def _after_send() -> None:
    """The node has the transaction; nobody has written down that it was sent."""
    from blockchain.chain.node import Node

    request = Node.request

    def call(self: Node, method: str, *params: Any) -> Any:
        answer = request(self, method, *params)
        return killed() if method == "eth_sendRawTransaction" else answer

    setattr(Node, "request", call)  # noqa: B010  a method of the same kind


POINTS: dict[str, Callable[[], None]] = {
    "before_sign": lambda: _instead("blockchain.chain.signers.local", "LocalSigner.sign"),
    "after_sign_before_store": lambda: _after("blockchain.chain.signers.local", "LocalSigner.sign"),
    "inside_the_store": lambda: _instead("blockchain.relay.attempts", "_take"),
    "after_store_before_send": lambda: _instead("blockchain.relay.loop", "attempt_send"),
    "after_send_before_save": _after_send,
    "inside_settle": lambda: _after("blockchain.relay.settlement", "landing_apply"),
    "between_receipt_and_confirm": lambda: _instead("blockchain.relay.settlement", "_confirmed"),
    "inside_confirm": lambda: _instead("blockchain.relay.settlement", "writes_release"),
    "between_links_and_cursor": lambda: _instead("blockchain.indexer.services", "cursor_advance"),
    "between_cursor_and_verification": lambda: _instead("blockchain.indexer.services", "heads_compare"),
    "inside_rebuild": lambda: _after("blockchain.indexer.rebuild", "_drop"),
}


def main(point: str, command: list[str]) -> None:
    import django

    django.setup()
    POINTS[point]()
    from django.core.management import call_command

    call_command(*command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
