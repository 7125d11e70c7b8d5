"""A pytest plugin with the one fixture of Ape's that tests/conftest.py asks for: by it, it waits for the node."""

import pytest


@pytest.fixture(scope="session")
def networks() -> None:
    """The stand-in's node is up before pytest starts."""
