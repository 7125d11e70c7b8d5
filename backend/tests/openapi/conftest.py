"""The real web server, as the faults have it."""

from tests.faults.conftest import processes

__all__ = ["processes"]
