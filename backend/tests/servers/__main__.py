"""Runs a command with a private server, which ends with it.

`python -m tests.servers mariadb -- python -m pytest -q` runs the backend's suite on MariaDB: `DATABASE_URL` is set for
the command. `redis` sets `CELERY_BROKER_URL`. The exit code is the command's; 127 if the server is not installed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.mariadb import MariaDB
from tests.servers.process import NotInstalled
from tests.servers.redis import Redis

SERVERS: dict[str, tuple[type[MariaDB] | type[Redis], str]] = {
    "mariadb": (MariaDB, "DATABASE_URL"),
    "redis": (Redis, "CELERY_BROKER_URL"),
}
USAGE = "usage: python -m tests.servers mariadb|redis -- COMMAND [ARGUMENT ...]"


def main(arguments: list[str]) -> int:
    """Runs the command line; its exit code."""
    if len(arguments) < 3 or arguments[0] not in SERVERS or arguments[1] != "--":
        print(USAGE, file=sys.stderr)
        return 2
    kind, variable = SERVERS[arguments[0]]
    with tempfile.TemporaryDirectory(prefix="complaint-registry-servers-") as folder:
        try:
            server = kind(Path(folder))
        except NotInstalled as error:
            print(error, file=sys.stderr)
            return 127
        server.start()
        try:
            return subprocess.run(arguments[2:], env=os.environ | {variable: server.url}, check=False).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
