"""`python -m scripts._stack demo` and `run`; the Makefile calls it."""

import signal
import sys
from types import FrameType

from scripts._stack.demo import demo
from scripts._stack.errors import StackError, StepFailed
from scripts._stack.run import run

COMMANDS = {"demo": demo, "run": run}


def main(arguments: list[str]) -> int:
    """The exit status."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: python -m scripts._stack {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    # SIGINT too: a shell starts what runs in its background with Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        COMMANDS[arguments[0]]()
    except StepFailed as error:
        print(f"\n    ✗ {error}", file=sys.stderr)
        return 1
    except StackError as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
