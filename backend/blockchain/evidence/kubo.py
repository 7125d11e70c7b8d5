"""Evidence on a Kubo node, through its RPC. Evidence is private, so the node should be private and announce nothing.

A file counts as stored only if the answer to `add` ended without an error and the node then lists the file's pin.
"""

import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from blockchain.common.arriving import IDENTITY, body_arriving, body_read
from blockchain.conf import settings
from blockchain.evidence.cid import CID_PARAMETERS, Digest, Hasher, chunks, is_cid
from blockchain.evidence.errors import EvidenceCorrupt, EvidenceMissing, EvidenceStoreUnavailable
from blockchain.evidence.opened import OpenedFile
from blockchain.evidence.trailers import TrailerAdapter, trailer_of

STREAM_ERROR = "X-Stream-Error"
ANSWER_BYTES = 64 * 1024  # of an answer that is not a file
# A file may take this many times the timeout of one read, in all.
PATIENCE = 10


def kubo_store() -> "KuboStore":
    """The Kubo node of the settings `IPFS_API_...`. Raises `EvidenceStoreUnavailable`."""
    return KuboStore(
        url=settings.IPFS_API_URL,
        auth=settings.IPFS_API_AUTH,
        timeout=settings.IPFS_API_TIMEOUT,
        max_bytes=settings.EVIDENCE_MAX_BYTES,
    )


class BearerAuth(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class KuboStore:
    """Files pinned on one Kubo node. The node is not trusted: CIDs are computed here and compared."""

    def __init__(self, *, url: str, auth: str = "", timeout: float = 60.0, max_bytes: int) -> None:
        """`auth`: empty, `basic:USER:PASSWORD` or `bearer:TOKEN`; `timeout`: seconds to connect, and for each read."""
        if not url.startswith(("http://", "https://")):
            raise EvidenceStoreUnavailable("IPFS_API_URL must be an http or https URL")
        self._url = url.rstrip("/").removesuffix("/api/v0")
        self._auth = _auth(auth)
        self._timeout = timeout
        self._max_bytes = max_bytes

    def put(self, stream: BinaryIO) -> Digest:
        hasher = Hasher()
        boundary = secrets.token_hex(16)
        parameters = {key: _parameter(value) for key, value in CID_PARAMETERS.items()}
        with self._post(
            "add",
            params=parameters | {"pin": "true", "progress": "false", "wrap-with-directory": "false"},
            data=_multipart(stream, hasher, boundary),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        ) as response:
            answer = _read(response, PATIENCE * self._timeout)
            # Kubo names the file before pinning it; only the trailer reports a later failure.
            if STREAM_ERROR in response.headers or trailer_of(response, STREAM_ERROR) is not None:
                raise EvidenceStoreUnavailable("the IPFS node failed at the end of the upload")
        given = _hash_of_answer(answer)
        digest = hasher.digest()
        if given != digest.cid:
            raise EvidenceStoreUnavailable("the IPFS node did not confirm the file's CID")
        self._require_pinned(digest.cid)
        return digest

    def open(self, cid: str) -> OpenedFile:
        if not is_cid(cid):
            raise EvidenceMissing("this is not the CID of an evidence file")
        # Received and hashed as a whole before sending any of it: Kubo reports a later failure only in a trailer.
        spool = tempfile.TemporaryFile()  # noqa: SIM115  goes to the caller open
        try:
            hasher = Hasher()
            with self._post("cat", params={"arg": cid, "length": str(self._max_bytes + 1)}) as response:
                for chunk in body_arriving(response, seconds=PATIENCE * self._timeout):
                    hasher.update(chunk)
                    if hasher.size > self._max_bytes:
                        break
                    spool.write(chunk)
            digest = hasher.digest()
            if digest.cid != cid:
                raise EvidenceCorrupt(f"the IPFS node returned another file for {cid}")
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return OpenedFile(stream=spool, digest=digest)

    def check(self) -> None:
        # The caller, such as the health page, waits for the answer.
        timeout = min(self._timeout, settings.HEALTH_RPC_TIMEOUT)
        with self._post("version", timeout=timeout) as response:
            _read(response, timeout)

    def _require_pinned(self, cid: str) -> None:
        """Raises `EvidenceStoreUnavailable` unless the node lists the file's pin: what has none may be collected."""
        with self._post("pin/ls", params={"arg": cid, "type": "recursive"}) as response:
            answer = _read(response, self._timeout)
        try:
            pinned = cid in json.loads(answer)["Keys"]
        except (ValueError, KeyError, TypeError):
            pinned = False
        if not pinned:
            raise EvidenceStoreUnavailable("the IPFS node did not pin the file")

    @contextmanager
    def _post(
        self, command: str, *, timeout: float | None = None, headers: dict[str, str] | None = None, **request: Any
    ) -> Iterator[requests.Response]:
        """An unread answer with status 200. Anything else raises an error without the node's URL."""
        try:
            with requests.Session() as session:
                # Ignores proxies and passwords in the machine's configuration.
                session.trust_env = False
                session.mount(self._url, TrailerAdapter())
                response = session.post(
                    f"{self._url}/api/v0/{command}",
                    auth=self._auth,
                    timeout=timeout or self._timeout,
                    allow_redirects=False,
                    stream=True,
                    headers=IDENTITY | (headers or {}),
                    **request,
                )
                with response:
                    if response.status_code != requests.codes.ok:
                        raise _refusal(command, _read(response, self._timeout), response.status_code)
                    yield response
        except (requests.RequestException, OSError) as error:
            # The text of these errors has the URL in it.
            raise EvidenceStoreUnavailable(f"the IPFS node does not answer ({type(error).__name__})") from None


def _auth(text: str) -> AuthBase | None:
    if not text:
        return None
    kind, _, secret = text.partition(":")
    if kind == "bearer" and secret:
        return BearerAuth(secret)
    user, separator, password = secret.partition(":")
    if kind == "basic" and separator:
        return HTTPBasicAuth(user.encode(), password.encode())
    raise EvidenceStoreUnavailable("IPFS_API_AUTH must be basic:USER:PASSWORD or bearer:TOKEN")


def _parameter(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _multipart(stream: BinaryIO, hasher: Hasher, boundary: str) -> Iterator[bytes]:
    """The file as the only part of a form, hashed while it is sent, without its name, which is personal data."""
    head = 'Content-Disposition: form-data; name="file"; filename="evidence"\r\nContent-Type: application/octet-stream'
    yield f"--{boundary}\r\n{head}\r\n\r\n".encode()
    for chunk in chunks(stream):
        hasher.update(chunk)
        yield chunk
    yield f"\r\n--{boundary}--\r\n".encode()


def _hash_of_answer(body: bytes) -> str | None:
    """The `Hash` of the last line of an answer to `add`; None if there is none."""
    try:
        answer = json.loads(body.strip().splitlines()[-1])
        return str(answer["Hash"])
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _read(response: requests.Response, seconds: float) -> bytes:
    """An answer that is not a file."""
    body = body_read(response, seconds=seconds, most=ANSWER_BYTES)
    if body is None:
        raise EvidenceStoreUnavailable("the IPFS node's answer is too long")
    return body


def _refusal(command: str, body: bytes, status: int) -> EvidenceMissing | EvidenceStoreUnavailable:
    """The error for a status other than 200. Kubo: `{"Message", "Code", "Type": "error"}` with 500 or 400."""
    try:
        message = str(json.loads(body)["Message"])
    except (ValueError, KeyError, TypeError):
        message = ""
    if command == "cat" and "not found" in message:
        return EvidenceMissing("the IPFS node does not have the file")
    return EvidenceStoreUnavailable(f"the IPFS node refuses {command} (status {status})")
