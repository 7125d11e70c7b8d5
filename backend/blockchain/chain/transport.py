"""JSON-RPC over HTTP as it is on the wire: one request, or many in a batch; the answer within a total time and size."""

import itertools
import json
import threading
from collections.abc import Sequence
from typing import Any, Final

import requests
from requests.auth import AuthBase

from blockchain.common.arriving import body_read

# An answer may take so many times the timeout in all, as long as something arrives. Logs of a wide range are long.
PATIENCE: Final = 6
# Bytes, unpacked; a range of blocks that needs more is read in parts. And of what a node says with an HTTP error.
MAX_ANSWER_BYTES: Final = 2**28
MAX_REFUSAL_BYTES: Final = 2**16
HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "complaint-registry"}


class Refused(Exception):
    """An HTTP status other than success."""

    def __init__(self, *, status: int, body: str) -> None:
        super().__init__(f"HTTP status {status}")
        self.status, self.body = status, body


class Transport:
    """Connections to one URL, kept open, one for each thread."""

    def __init__(
        self, *, url: str, headers: dict[str, str] | None = None, auth: AuthBase | None = None, timeout: float
    ) -> None:
        """`auth`: as `requests` takes it. `timeout` in seconds, for connecting and for each pause in the answer."""
        self._url, self._timeout, self._auth = url, timeout, auth
        self._headers = HEADERS | (headers or {})
        self._ids = itertools.count(1)
        self._threads = threading.local()

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The answer to one request, as JSON. Raises as `ask_all`."""
        return self._post(self._request(method, params))

    def ask_all(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> Any:
        """The answer to a batch, as JSON, whatever it is; the ids ascend in the order of `calls`.

        Raises `Refused`, `requests.RequestException` or `ValueError`.
        """
        return self._post([self._request(method, params) for method, params in calls])

    def _request(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "method": method, "params": list(params), "id": next(self._ids)}

    def _post(self, payload: Any) -> Any:
        with self._session().post(
            self._url,
            data=json.dumps(payload),
            headers=self._headers,
            auth=self._auth,
            timeout=self._timeout,
            # A redirect could send the header with our key elsewhere.
            allow_redirects=False,
            stream=True,
        ) as response:
            seconds = PATIENCE * self._timeout
            if response.status_code != requests.codes.ok:
                said = body_read(response, seconds=seconds, most=MAX_REFUSAL_BYTES) or b""
                raise Refused(status=response.status_code, body=said.decode(errors="replace"))
            body = body_read(response, seconds=seconds, most=MAX_ANSWER_BYTES)
        if body is None:
            raise ValueError("the answer is too long")
        return json.loads(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
        return session
