"""`make manage`: a command of the backend on the data of `make run`."""

import os
from collections.abc import Sequence

from tools.stack.environment import backend_environment
from tools.stack.errors import StackError
from tools.stack.places import BACKEND, BINARIES, RUN_FOLDER


def manage(arguments: Sequence[str]) -> None:
    """Replaces this process by `manage.py ARGUMENTS`. Raises `StackError` if there are no data yet."""
    settings_file = RUN_FOLDER / "env"
    if not settings_file.exists():
        raise StackError("`make run` has no data yet; start it first, in another terminal")
    # Passes on the caller's variables that the command reads by name, such as a password.
    named = {name: os.environ[name] for name in arguments if name in os.environ}
    command = [str(BINARIES / "python"), str(BACKEND / "manage.py"), *arguments]
    os.execve(command[0], command, backend_environment(settings_file) | named)
