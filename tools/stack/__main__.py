"""`python -m tools.stack demo`, `run` and `manage`; the Makefile calls it."""

import signal
import sys
from types import FrameType

from tools.stack.demo import demo
from tools.stack.errors import StackError, StepFailed
from tools.stack.manage import manage
from tools.stack.run import run


def main(arguments: list[str]) -> int:
    """The exit status."""
    # SIGINT too: a shell makes its background processes ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        match arguments:
            case ["demo", *provider] if len(provider) <= 1:
                demo(*provider)
            case ["run"]:
                run()
            case ["manage", *command]:
                manage(command)
            case _:
                print("usage: python -m tools.stack demo [PROVIDER]|run|manage COMMAND ...", file=sys.stderr)
                return 2
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
