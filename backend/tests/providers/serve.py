"""Serves one member of the zoo in front of a node: `python -m tests.providers.serve NAME --upstream URL --port N`.

`--list` names the members. It ends with SIGTERM or Ctrl-C.
"""

import argparse
import signal
import sys
from typing import NoReturn

from tests.providers.members import ZOO
from tests.providers.proxy import Provider


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(ZOO))
    parser.add_argument("--upstream", default="http://127.0.0.1:8545", help="the node behind it")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="show what each member does")
    options = parser.parse_args()
    if options.list or not options.name:
        for name, kind in ZOO.items():
            print(f"{name:16} {kind.does}")
        return
    signal.signal(signal.SIGTERM, _end)
    provider = Provider(ZOO[options.name], upstream=options.upstream, port=options.port)
    print(f"{options.name} at {provider.url}", flush=True)
    try:
        provider.serve()
    except KeyboardInterrupt:
        sys.exit(0)


def _end(*_: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
