"""The log file: what happens to it and to its disk never reaches who logs."""

import logging
import logging.config
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.conf import settings

from report_hub.log_file import LogFileHandler

Log = Callable[[str], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "blockchain.log"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    """Logs a line to `path`."""
    handler = LogFileHandler(str(path))
    yield lambda line: handler.handle(logging.makeLogRecord({"msg": line}))
    handler.close()


def disk_full(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")


def folder_gone(path: Path) -> None:
    """No folder, and none can be made: as where there is no inode for it."""
    path.parent.rename(path.parent.with_name("logs.old"))
    path.parent.write_text("")


def test_settings__logging__uses_the_handler() -> None:
    assert settings.LOGGING["handlers"]["blockchain"]["class"] == "report_hub.log_file.LogFileHandler"
    # It opens nothing until there is something to log.
    logging.config.DictConfigurator(deepcopy(settings.LOGGING))


def test_emit__no_folder_yet__is_made(path: Path, log: Log) -> None:
    log("one")
    assert path.read_text() == "one\n"


def test_emit__moved_by_logrotate__goes_on_in_a_new_file(path: Path, log: Log) -> None:
    log("one")
    path.rename(path.with_name("blockchain.log.1"))
    log("two")
    assert path.read_text() == "two\n"


@pytest.mark.parametrize("fault", [disk_full, folder_gone])
def test_emit__file_can_not_be_written__lines_go_to_stderr_and_why_is_said_once(
    path: Path, log: Log, capsys: pytest.CaptureFixture[str], fault: Callable[[Path], None]
) -> None:
    log("before")
    fault(path)
    log("one")
    log("two")
    said = capsys.readouterr().err.splitlines()
    assert [said[0], said[2]] == ["one", "two"]
    assert said[1].startswith(f"{path} can't be written (")
    assert len(said) == 3


@pytest.mark.parametrize("fault", [disk_full, folder_gone])
def test_emit__file_can_be_written_again__goes_on_there(
    path: Path, log: Log, capsys: pytest.CaptureFixture[str], fault: Callable[[Path], None]
) -> None:
    log("before")
    fault(path)
    log("lost")
    (path if path.is_symlink() else path.parent).unlink()
    log("after")
    assert path.read_text() == "after\n"
    capsys.readouterr()
    disk_full(path)
    log("again")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_emit__stderr_is_gone_too__nothing_is_raised(path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log("before")
    disk_full(path)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        log("one")
        monkeypatch.undo()
        # What it buffered can't be written either.
        with pytest.raises(OSError, match="No space left"):
            full.close()


def test_emit__record_that_can_not_be_formatted__is_reported_as_ever(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = LogFileHandler(str(path))
    handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    handler.close()
    assert "--- Logging error ---" in capsys.readouterr().err
