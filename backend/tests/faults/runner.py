"""Runs a command of the backend and kills it, as by `kill -9`, when it comes to a point. No hook in production code.

`python -m tests.faults.runner kill|freeze POINT COMMAND [ARGUMENT ...]`, with the test's settings in the environment.
Frozen (SIGSTOP), it goes on when it gets a SIGCONT, and knows nothing of what happened meanwhile.

`clock SECONDS COMMAND ...` runs it with a wall clock that is wrong by so many seconds.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class Stop:
    """What happens at the point, the first time that the process comes there."""

    number = signal.SIGKILL
    reached = False

    @classmethod
    def here(cls) -> None:
        if not cls.reached:
            cls.reached = True
            os.kill(os.getpid(), cls.number)


def _before(module: str, name: str) -> None:
    def wrap(function: Function) -> Function:
        def call(*args: Any, **kwargs: Any) -> Any:
            Stop.here()
            return function(*args, **kwargs)

        return call

    _replace(module, name, wrap)


def _after(module: str, name: str) -> None:
    def wrap(function: Function) -> Function:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            Stop.here()
            return result

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

    batch = Node.batch

    def call(self: Node, calls: Any) -> Any:
        answers = batch(self, calls)
        if any(method == "eth_sendRawTransaction" for method, _ in calls):
            Stop.here()
        return answers

    setattr(Node, "batch", call)  # noqa: B010  a method of the same kind


def _at_verdict(name: str) -> None:
    """The look at the chain has said so of a transaction; the database transaction that stores it has not begun."""

    def wrap(function: Function) -> Function:
        def call(*args: Any, **kwargs: Any) -> Any:
            verdict = function(*args, **kwargs)
            if verdict.name == name:
                Stop.here()
            return verdict

        return call

    _replace("blockchain.relay.settle", "judge", wrap)


POINTS: dict[str, Callable[[], None]] = {
    "before_sign": lambda: _before("blockchain.chain.signers.local", "LocalSigner.sign"),
    "after_sign_before_store": lambda: _after("blockchain.chain.signers.local", "LocalSigner.sign"),
    "inside_the_store": lambda: _before("blockchain.relay.sign", "queryset_of"),
    "after_store_before_send": lambda: _before("blockchain.relay.loop", "attempts_send"),
    "after_send_before_save": _after_send,
    "before_settle": lambda: _at_verdict("MINED"),
    "inside_settle": lambda: _after("blockchain.relay.settle", "receipt_apply"),
    "between_receipt_and_confirm": lambda: _at_verdict("FINAL"),
    "inside_confirm": lambda: _after("blockchain.relay.settle", "_confirm"),
    "between_links_and_cursor": lambda: _before("blockchain.indexer.sync", "cursor_advance"),
    "between_cursor_and_verification": lambda: _before("blockchain.indexer.sync", "heads_compare"),
    "inside_proofs": lambda: _before("blockchain.proofs.rounds", "proofs_renewed"),
    "inside_publication": lambda: _after("blockchain.proofs.publication", "_thin_out"),
    "inside_rebuild": lambda: _after("blockchain.indexer.rebuild", "_drop"),
    "inside_reconcile": lambda: _after("blockchain.indexer.reconcile", "_Run.save"),
}


def _clock_wrong(seconds: int) -> None:
    """All that the backend knows of the wall clock is shifted."""
    import datetime
    import time

    now = time.time
    _replace("time", "time", lambda function: lambda: now() + seconds)
    _replace(
        "django.utils.timezone",
        "now",
        lambda function: lambda: function() + datetime.timedelta(seconds=seconds),
    )


def main(how: str, point: str, command: list[str]) -> None:
    import django

    django.setup()
    if how == "clock":
        _clock_wrong(int(point))
    else:
        Stop.number = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}[how]
        POINTS[point]()
    from django.core.management import call_command

    call_command(*command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
