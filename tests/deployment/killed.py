"""`ape run deploy`, which kills itself at one step: `python -m tests.deployment.killed STEP OPTION...`."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts import deploy as command
from tools.deployment import deploy
from tools.deployment.landing import Landing

# Where each step ends: the function, and whether the process dies before or after it.
STEPS: dict[str, tuple[Any, str, bool]] = {
    "half kept": (Path, "hardlink_to", True),
    "kept": (deploy, "create_pending", False),
    "sent": (Landing, "_send_if_unknown", False),
    "mined": (deploy, "examine", True),
    "half written": (Path, "replace", True),
    "written": (deploy, "write_checked", False),
}


def dying(function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    """`function`, at whose beginning or end this process is killed."""

    def run(*arguments: Any, **keywords: Any) -> None:
        if not before:
            function(*arguments, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


if __name__ == "__main__":
    owner, name, before = STEPS[sys.argv[1]]
    setattr(owner, name, dying(getattr(owner, name), before=before))
    command.cli(sys.argv[2:])
