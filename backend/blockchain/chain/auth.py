"""How a request shows a node who asks. Each is an `auth` of `requests`; another one is a class and a setting.

See also `blockchain.chain.sigv4`. User and password in a node's URL need nothing here.
"""

import threading
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from blockchain.chain.errors import ChainUnavailable
from blockchain.conf import settings


class HeaderAuth(AuthBase):
    """One header, such as an API key."""

    def __init__(self, *, setting: str = "BLOCKCHAIN_NODE_HEADER") -> None:
        """`setting`: the name of the setting with "Name: value"."""
        name, _, value = str(getattr(settings, setting)).partition(":")
        self._header = name.strip(), value.strip()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the header."""
        name, value = self._header
        request.headers[name] = value
        return request


class BearerFileAuth(AuthBase):
    """A token in a file, which may be replaced at any time: it is read again when the file has changed."""

    def __init__(self, *, path: str) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._read: tuple[Any, str] = None, ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the token. Raises `ChainUnavailable` if there is none."""
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request

    def _token(self) -> str:
        try:
            with self._lock:
                state = self._path.stat()
                version = state.st_mtime_ns, state.st_size, state.st_ino
                if self._read[0] != version:
                    self._read = version, self._path.read_text(encoding="ascii").strip()
                token = self._read[1]
        except (OSError, ValueError) as error:
            raise ChainUnavailable(f"the node's token file can't be read ({type(error).__name__})") from None
        if not token or not token.isprintable() or " " in token:
            raise ChainUnavailable("the node's token file does not hold one token")
        return token
