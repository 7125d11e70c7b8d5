"""These tests need no chain."""

import pytest


@pytest.fixture(autouse=True)
def _isolated() -> None:
    """Instead of the suite's own, which asks for the node."""
