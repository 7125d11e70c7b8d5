"""A client of the REST API, written from the outside."""

import time
from dataclasses import dataclass
from typing import Any, Self

import requests

from tools.stack.errors import StepFailed

REQUEST_SECONDS = 30.0
LOOK_INTERVAL = 0.1  # seconds
# Kinds of links that recorders do not write.
NO_ENTRIES = ("ESCALATED", "OBJECTED")
LANDED = ("mined", "confirmed")
GIVEN_UP = ("failed",)


@dataclass(frozen=True)
class Answer:
    """A response of the server."""

    status: int
    body: Any  # parsed JSON, or the bytes of any other type

    def expect(self, status: int) -> Any:
        """The body. Raises `StepFailed` on another status."""
        if self.status != status:
            raise StepFailed(f"the server answered {self.status} instead of {status}: {str(self.body)[:400]}")
        return self.body


class Client:
    """One user, logged in or not."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def login(self, *, username: str, password: str) -> Self:
        """Sends the token with every request from now on."""
        pair = self.post("/api/token/", {"username": username, "password": password}).expect(200)
        self._session.headers["Authorization"] = f"Bearer {pair['access']}"
        return self

    def get(self, path: str) -> Answer:
        return self._request("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._request("POST", path, json=body)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        return self._request("PUT", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Answer:
        return self._request("PATCH", path, json=body)

    def upload(self, path: str, *, name: str, content: bytes, media_type: str) -> Answer:
        return self._request("POST", path, files={"file": (name, content, media_type)})

    def writes_landed(self, tracking_id: str, *, seconds: float = 20.0) -> list[dict[str, Any]]:
        """Waits until all writes of a report are on the chain and read back. Raises `StepFailed` if they don't land."""
        report = f"/api/blockchain/reports/{tracking_id}"
        deadline = time.monotonic() + seconds
        while True:
            writes: list[dict[str, Any]] = self.get(f"{report}/status/").expect(200)["transactions"]
            if given_up := [write for write in writes if write["state"] in GIVEN_UP]:
                raise StepFailed(f"a write was given up: {given_up}")
            if all(write["state"] in LANDED and write["gas_used"] is not None for write in writes):
                trail = self.get(f"{report}/audit-trail/").expect(200)
                if sum(event["event_type"] not in NO_ENTRIES for event in trail["events"]) == len(writes):
                    return writes
            if time.monotonic() > deadline:
                states = ", ".join(f"{write['event_type']} {write['state']}" for write in writes)
                raise StepFailed(f"not on the chain and read back after {seconds:g} s: {states}")
            time.sleep(LOOK_INTERVAL)

    def _request(self, method: str, path: str, **arguments: Any) -> Answer:
        response = self._session.request(method, self._url + path, timeout=REQUEST_SECONDS, **arguments)
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(response.status_code, response.json() if is_json else response.content)
