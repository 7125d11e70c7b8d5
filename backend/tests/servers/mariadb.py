"""A private MariaDB."""

import os
import subprocess
from pathlib import Path

from tests.servers.process import Server, binary, port_free

PACKAGE = "mariadb-server"
DATABASE = "complaints"


class MariaDB(Server):
    """One mariadbd below `folder`, with an empty database, the account `root` and no password, on 127.0.0.1 only."""

    def __init__(self, folder: Path) -> None:
        daemon = binary("mariadbd", package=PACKAGE)
        install = binary("mariadb-install-db", package=PACKAGE)
        data, port = folder / "data", port_free()
        common = ["--no-defaults", f"--datadir={data}"]
        account = ["--user=root"] if _is_root() else []
        subprocess.run(
            [
                install,
                *common,
                *account,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = f"mysql://root@127.0.0.1:{port}/{DATABASE}"
        command = [
            daemon,
            *common,
            *account,
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--socket={folder / 'mariadb.sock'}",
            f"--pid-file={folder / 'mariadb.pid'}",
            "--skip-name-resolve",
            # As Debian configures it; the built-in default is latin1.
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=16M",
            "--performance-schema=OFF",
        ]
        super().__init__(command, port=port, log=folder / "mariadb.log")

    def answers(self) -> bool:
        import pymysql

        try:
            self._execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        except pymysql.MySQLError:
            return False
        return True

    def clear(self) -> None:
        """Drops all that is in the database."""
        self._execute(f"DROP DATABASE {DATABASE}", f"CREATE DATABASE {DATABASE}")

    def _execute(self, *statements: str) -> None:
        import pymysql

        with pymysql.connect(host="127.0.0.1", port=self.port, user="root", connect_timeout=2) as connection:
            for statement in statements:
                connection.cursor().execute(statement)


def _is_root() -> bool:
    return os.geteuid() == 0
