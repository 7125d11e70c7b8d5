"""The real web server on the test's database and chain, and what a client of it sees."""

from typing import Any

import requests
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User
from tests.faults.conftest import Processes
from tests.servers.process import port_free, wait_until

SECONDS = 30


class Web:
    """gunicorn with two workers."""

    def __init__(self, processes: Processes, **environment: str) -> None:
        port = port_free()
        self.url = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False
        command = ("-m", "gunicorn", "--config", "gunicorn.conf.py", "report_hub.wsgi")
        self.process = processes.start(*command, WEB_BIND=f"127.0.0.1:{port}", **environment)
        wait_until(
            lambda: self.process.poll() is not None or self._answers(), what="gunicorn answers", seconds=2 * SECONDS
        )
        assert self.process.poll() is None, processes.said(self.process)

    def ask(self, user: User, method: str, path: str, **body: Any) -> requests.Response:
        """One request of `user`; `body` as JSON."""
        headers = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}
        return self.session.request(
            method, self.url + path, headers=headers, json=body or None, timeout=SECONDS, allow_redirects=False
        )

    def health(self, user: User) -> dict[str, Any]:
        """The health report as `user` sees it."""
        report: dict[str, Any] = self.ask(user, "GET", "/api/blockchain/health/").json()
        return report

    def _answers(self) -> bool:
        try:
            return self.session.get(self.url + "/livez", timeout=SECONDS).status_code == requests.codes.ok
        except requests.ConnectionError:
            return False
