"""A user of the installed system, from outside: over HTTPS, by its host name."""

import time
from pathlib import Path
from typing import Any, Self

from tools.operations.errors import OperationsError
from tools.stack.client import GIVEN_UP, LANDED, Client

LAND_SECONDS = 90.0
LOOK_SECONDS = 1.0


class Resident(Client):
    """One complainant. `certificate`: the certificate that the server must present."""

    def __init__(self, url: str, *, certificate: Path) -> None:
        super().__init__(url)
        self._session.verify = str(certificate)

    def logged_in(self, username: str, password: str) -> Self:
        return self.login(username=username, password=password)

    def file(self, title: str) -> dict[str, Any]:
        """Files a complaint and returns its receipt. Raises `OperationsError` if it has no promise."""
        body = {"issue_title": title, "location": "Mill Lane 12", "issue_description": "Half a metre wide."}
        receipt: dict[str, Any] = self.post("/api/reports/", body).expect(201)
        if not receipt["promise"]:
            raise OperationsError(f"{title}: filed without a promise")
        return receipt

    def comment(self, tracking_id: str, text: str) -> None:
        self.post(f"/api/reports/{tracking_id}/comments/", {"text": text}).expect(201)

    def evidence(self, tracking_id: str, content: bytes) -> None:
        path = f"/api/blockchain/reports/{tracking_id}/evidence/"
        self.upload(path, name="letter.txt", content=content, media_type="text/plain").expect(202)

    def landed(self, tracking_id: str) -> None:
        """Waits until all writes of a complaint are on the chain. Raises `OperationsError` if they aren't in time."""
        deadline = time.monotonic() + LAND_SECONDS
        while True:
            writes = self.get(f"/api/blockchain/reports/{tracking_id}/status/").expect(200)["transactions"]
            states = [write["state"] for write in writes]
            if writes and all(state in LANDED for state in states):
                return
            if any(state in GIVEN_UP for state in states) or time.monotonic() > deadline:
                raise OperationsError(f"{tracking_id} is not on the chain: {states}")
            time.sleep(LOOK_SECONDS)

    def all_up(self) -> None:
        """Waits until the health page is green. Raises `OperationsError` if it isn't in time."""
        deadline = time.monotonic() + LAND_SECONDS
        while (answer := self.get("/api/blockchain/health/")).status != 200:
            if time.monotonic() > deadline:
                raise OperationsError(f"health: {answer.body}")
            time.sleep(LOOK_SECONDS)
