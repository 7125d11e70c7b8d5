"""What lets a web server answer at an even pace: connections that stay open, and a short garbage collection."""

import gc
import os
import runpy
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blockchain.management.service import run_until_stopped
from report_hub.settings.base import database

BACKEND = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def collected_again() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.parametrize("url", ["sqlite:////tmp/registry.sqlite3", "mysql://registry:secret@localhost/registry"])
def test_database__any_engine__connection_outlives_a_request(url: str) -> None:
    config = database(url)
    assert config["CONN_MAX_AGE"] > 0
    assert config["CONN_HEALTH_CHECKS"] is True


def test_pre_fork__loaded_application__is_not_collected_again() -> None:
    gunicorn = runpy.run_path(str(BACKEND / "gunicorn.conf.py"))
    assert gunicorn["preload_app"] is True
    gunicorn["pre_fork"](None, None)
    assert gc.get_freeze_count() > len(gc.get_objects())


def test_run_until_stopped__loaded_program__is_not_collected_again(settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_URLS = []

    def step() -> float:
        assert gc.get_freeze_count() > len(gc.get_objects())
        os.kill(os.getpid(), signal.SIGTERM)
        return 0.0

    run_until_stopped(step)
