"""The node behind a provider, asked over a connection per thread."""

import json
import threading
from typing import Any

import requests

from tests.anvil import RpcError

SECONDS = 30


class Upstream:
    """Anvil, as the proxy asks it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._local = threading.local()

    def forward(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers to these calls, in their order."""
        if not calls:
            return []
        numbered = [call | {"id": place} for place, call in enumerate(calls)]
        answers = json.loads(self._session().post(self.url, json=numbered, timeout=SECONDS).content)
        by_place = {answer["id"]: answer for answer in answers}
        return [by_place[place] for place in range(len(calls))]

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one request. Raises `RpcError`."""
        (answer,) = self.forward([{"jsonrpc": "2.0", "id": 0, "method": method, "params": list(params)}])
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        session: requests.Session = self._local.session
        return session
