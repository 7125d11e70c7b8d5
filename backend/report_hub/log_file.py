"""A log file that never ends the process that writes to it: lines that it can't store go to stderr."""

import contextlib
import logging
import logging.handlers
import sys
from io import TextIOWrapper
from pathlib import Path


class LogFileHandler(logging.handlers.WatchedFileHandler):
    """Opens its file when the first line comes, makes the folder for it, and follows what logrotate does.

    While the disk is full, has no inode left or is not there, lines go to stderr, and stderr is told why, once. Each
    line tries the file first.
    """

    def __init__(self, filename: str, encoding: str = "utf-8") -> None:
        super().__init__(filename, encoding=encoding, delay=True)
        self._failing = False

    def emit(self, record: logging.LogRecord) -> None:
        failed_before, self._failing = self._failing, False
        try:
            super().emit(record)
        except OSError as error:
            # It could not be opened; what can't be written comes to `handleError` at once.
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
        # With it goes what was buffered: it is on stderr.
        stream, self.stream = self.stream, None
        # Whatever is opened next is another file.
        self.dev = self.ino = -1
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        _say(self.format(record))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()


def _say(line: str) -> None:
    # Its disk may be the same one.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
