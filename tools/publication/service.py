"""A service that publishes verified source code, asked over HTTP until it has decided."""

import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import click
import requests

from tools.deployment.artifact import Artifact
from tools.deployment.connection import redact
from tools.deployment.errors import DeploymentError
from tools.publication.standard_json import StandardJson

T = TypeVar("T")

# Seconds: for one answer, and the longest that a service may ask us to wait before the next request.
ANSWER_TIMEOUT = 60.0
LONGEST_PAUSE = 60.0

# It would log queries at its lowest level, and there a key may be.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What is published: a deployment and the input from which its code follows."""

    artifact: Artifact
    standard_json: StandardJson


class LaterError(Exception):
    """Not now: the service is busy, or does not know the contract yet. `pause`: seconds that it asks for, if any."""

    def __init__(self, reason: str, *, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer: HTTP status, and its JSON, an object."""

    status: int
    body: dict[str, Any]


@dataclass(kw_only=True)
class Service(ABC):
    """`url` of the service; it is asked every `poll` seconds, for `timeout` seconds at the most."""

    url: str
    timeout: float
    poll: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)

    @abstractmethod
    def submit(self, publication: Publication) -> str | None:
        """Hands it in. What the service calls the request, or `None` if the contract is verified already.

        Raises `LaterError`, or `DeploymentError` if the service refuses.
        """

    @abstractmethod
    def result(self, request: str, publication: Publication) -> str:
        """How the request ended, in words for people. Raises `LaterError` while it has not, or `DeploymentError`."""

    def publish(self, publication: Publication) -> str:
        """Hands it in and waits. How it ended. Raises `DeploymentError`, also when time is over."""
        until = time.monotonic() + self.timeout
        request = self._until(until, lambda: self.submit(publication))
        if request is None:
            return "verified already"
        click.echo(f"submitted {redact(request)}")
        return self._until(until, lambda: self.result(request, publication))

    def _until(self, until: float, step: Callable[[], T]) -> T:
        told = ""
        while True:
            try:
                return step()
            except LaterError as later:
                reason, pause = str(later), later.pause
            if time.monotonic() > until:
                raise DeploymentError(f"not finished after {self.timeout:.0f} s: {reason}; run the same command again")
            if reason != told:
                click.echo(f"waiting   {reason}")
                told = reason
            self.sleep(self.poll if pause is None else min(max(pause, self.poll), LONGEST_PAUSE))

    def ask(self, method: str, url: str, **content: Any) -> Reply:
        """One request. Raises `LaterError` for what passes, or `DeploymentError`; neither quotes what was sent."""
        try:
            answer = self._session.request(method, url, timeout=ANSWER_TIMEOUT, allow_redirects=False, **content)
        except requests.RequestException as error:
            raise LaterError(f"the service does not answer ({type(error).__name__})") from None
        if answer.status_code == requests.codes.too_many_requests:
            raise LaterError("the service gets too many requests", pause=_seconds(answer.headers.get("Retry-After")))
        if answer.status_code >= 500:
            raise LaterError(f"the service answers with HTTP status {answer.status_code}")
        try:
            body = json.loads(answer.content)
        except ValueError:
            body = None
        if answer.is_redirect or not isinstance(body, dict):
            raise DeploymentError(
                f"the service answers with HTTP status {answer.status_code} and no JSON; check its URL"
            )
        return Reply(status=answer.status_code, body=body)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
