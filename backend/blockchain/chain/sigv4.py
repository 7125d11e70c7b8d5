"""Signs requests to a node in AWS, such as Amazon Managed Blockchain, with Signature Version 4.

`SigV4Auth` goes into the `auth` of a session or a request of `requests`. Needs the extra `aws`.
"""

import importlib.util
import threading
from typing import Any

import requests
from requests.auth import AuthBase

from blockchain.chain.errors import ChainUnavailable

# The name under which Amazon Managed Blockchain's nodes are signed for.
SERVICE = "managedblockchain"
# What is signed: headers that proxies may change are not.
SIGNED_HEADERS = ("Host", "Content-Type")


class SigV4Auth(AuthBase):
    """Signs each request with the credentials that AWS's own tools would find, also after these were renewed."""

    def __init__(self, *, region: str, service: str = SERVICE) -> None:
        """Raises `ChainUnavailable` if boto3 is not installed."""
        if importlib.util.find_spec("boto3") is None:
            raise ChainUnavailable("boto3 is not installed: install complaint-registry[aws], or requirements-aws.txt")
        self._region, self._service = region, service
        self._lock = threading.Lock()
        self._credentials: Any = None

    def __repr__(self) -> str:
        return f"SigV4Auth({self._service}, {self._region})"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the headers of a signature. Raises `ChainUnavailable`, naming no credentials."""
        from botocore.auth import SigV4Auth as Signature
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        try:
            signed = AWSRequest(method=request.method, url=request.url, data=request.body, headers=_signed(request))
            Signature(self._found(), self._service, self._region).add_auth(signed)
        except BotoCoreError as error:
            raise ChainUnavailable(f"a request to the node can't be signed ({type(error).__name__})") from None
        request.headers.update(dict(signed.headers))
        return request

    def _found(self) -> Any:
        from botocore.exceptions import NoCredentialsError

        with self._lock:
            if self._credentials is None:
                import boto3

                self._credentials = boto3.session.Session().get_credentials()
            if self._credentials is None:
                raise NoCredentialsError
            # Of a role: they expire, and are fetched again in time.
            return self._credentials.get_frozen_credentials()


def _signed(request: requests.PreparedRequest) -> dict[str, str]:
    return {name: request.headers[name] for name in SIGNED_HEADERS if name in request.headers}
