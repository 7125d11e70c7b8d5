"""A log file whose errors never end the process: lines that can't be stored go to stderr."""

import contextlib
import logging
import logging.handlers
import sys
from io import TextIOWrapper
from pathlib import Path


class LogFileHandler(logging.handlers.WatchedFileHandler):
    """Creates the file and its folder when the first line is written, and reopens the file after logrotate moved it.

    While the disk is full, out of inodes or missing, lines go to stderr, after one line that says why. Each new line
    tries the file first.
    """

    def __init__(self, filename: str, encoding: str = "utf-8") -> None:
        super().__init__(filename, encoding=encoding, delay=True)
        self._failing = False

    def emit(self, record: logging.LogRecord) -> None:
        failed_before, self._failing = self._failing, False
        try:
            super().emit(record)
        except OSError as error:
            # The file could not be opened; a line that can't be written goes to `handleError` at once.
            self._fall_back(record, error)
        if self._failing and not failed_before:
            _say(f"{self.baseFilename} can't be written ({self._reason}); log lines go here until it can")

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._fall_back(record, error)
        else:
            super().handleError(record)

    def _fall_back(self, record: logging.LogRecord, error: OSError) -> None:
        self._failing, self._reason = True, type(error).__name__ if error.errno is None else error.strerror
        # The stream's buffer is lost with it; its lines are on stderr.
        stream, self.stream = self.stream, None
        # The file that is opened next counts as a new one.
        self.dev = self.ino = -1
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        _say(self.format(record))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()


def _say(line: str) -> None:
    # stderr may be on the same disk.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
