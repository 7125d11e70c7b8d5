"""What lets a web server answer at an even pace: connections that stay open, and a short garbage collection."""

import gc
import runpy
from pathlib import Path

import pytest

from report_hub.settings.base import database

BACKEND = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("url", ["sqlite:////tmp/registry.sqlite3", "mysql://registry:secret@localhost/registry"])
def test_database__any_engine__connection_outlives_a_request(url: str) -> None:
    config = database(url)
    assert config["CONN_MAX_AGE"] > 0
    assert config["CONN_HEALTH_CHECKS"] is True


def test_pre_fork__loaded_application__is_not_collected_again() -> None:
    gunicorn = runpy.run_path(str(BACKEND / "gunicorn.conf.py"))
    assert gunicorn["preload_app"] is True
    loaded = len(gc.get_objects())
    try:
        gunicorn["pre_fork"](None, None)
        assert gc.get_freeze_count() > loaded / 2
    finally:
        gc.unfreeze()
