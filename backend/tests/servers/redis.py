"""A private Redis."""

from pathlib import Path

from tests.servers.process import Server, binary, port_free


class Redis(Server):
    """One redis-server that keeps nothing on disk, on 127.0.0.1 only."""

    def __init__(self, folder: Path) -> None:
        port = port_free()
        command = [
            binary("redis-server", package="redis-server"),
            *("--bind", "127.0.0.1"),
            *("--port", str(port)),
            *("--dir", str(folder)),
            *("--save", ""),
            *("--appendonly", "no"),
        ]
        self.url = f"redis://127.0.0.1:{port}/0"
        super().__init__(command, port=port, log=folder / "redis.log")
