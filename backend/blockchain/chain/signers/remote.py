"""JSON-RPC over HTTP to a program that keeps keys: bounded in time and length. Whoever asks checks the answers."""

import itertools
import json
from typing import Any

import requests
from eth_utils import is_address, to_checksum_address

from blockchain.chain.signers.current import Pause
from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.common.arriving import IDENTITY, body_arriving
from blockchain.common.redaction import redact, redacted_url
from blockchain.conf import settings

# A signed transaction of 128 KiB, in hex and twice, as Clef returns it.
MAX_ANSWER_BYTES = 1024 * 1024


class RemoteKeys:
    """The program at `url`, which may contain a user and a password. Raises `SignerError`."""

    def __init__(self, url: str, *, kind: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SignerError(f"the URL of {kind} is not an http or https URL")
        self._url, self._name = url, f"{kind} at {redacted_url(url)}"
        self._ids = itertools.count(1)
        self._pause = Pause()

    def __repr__(self) -> str:
        return self._name

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a request, which takes no longer than `BLOCKCHAIN_SIGNER_TIMEOUT` seconds."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        with self._pause.asking():
            body = self._post(json.dumps(request).encode())
        try:
            answer = json.loads(body)
            error = answer.get("error")
        except (ValueError, AttributeError, RecursionError):
            raise SignerError(f"{self._name} does not speak JSON-RPC") from None
        if error is not None:
            said = error.get("message") if isinstance(error, dict) else error
            raise SignerError(f"{self._name} refuses {method}: {redact(str(said))[:200]}")
        if answer.get("id") != request["id"] or "result" not in answer:
            raise SignerError(f"{self._name} answers another request")
        return answer["result"]

    def addresses(self, method: str) -> list[str]:
        """The checksummed addresses that a method lists."""
        found = self.ask(method)
        if not isinstance(found, list) or not all(is_address(each) for each in found):
            raise SignerError(f"{self._name} does not list addresses")
        return [to_checksum_address(each) for each in found]

    def only_address(self, method: str) -> str:
        """The address in a list of one. Raises `SignerError`, also where an address has to be chosen."""
        found = self.addresses(method)
        if len(found) != 1:
            raise SignerError(f"{self._name} has {len(found)} keys: name the address of one")
        return found[0]

    def address_checked(self, address: str) -> str:
        """The checksummed form of a configured address."""
        if not is_address(address):
            raise SignerError(f"the address for {self._name} is not an address")
        return to_checksum_address(address)

    def require(self, address: str, method: str) -> None:
        """Raises `SignerError` unless a method lists the address."""
        if address not in self.addresses(method):
            raise SignerError(f"{self._name} does not have the key of {address}")

    def _post(self, data: bytes) -> bytes:
        timeout = settings.BLOCKCHAIN_SIGNER_TIMEOUT
        try:
            with requests.Session() as session:
                # Neither proxies nor passwords from the machine's own configuration.
                session.trust_env = False
                headers = {"Content-Type": "application/json", **IDENTITY}
                with session.post(
                    self._url, data=data, headers=headers, timeout=timeout, allow_redirects=False, stream=True
                ) as response:
                    # web3signer gives its refusals as JSON with status 400; whatever is not JSON is refused later.
                    return self._read(response, timeout)
        except requests.Timeout as error:
            raise SignerSilent(f"{self._name} does not answer in time ({type(error).__name__})") from None
        except (requests.RequestException, OSError) as error:
            # The text of these errors has the URL in it.
            raise SignerError(f"{self._name} does not answer ({type(error).__name__})") from None

    def _read(self, response: requests.Response, seconds: float) -> bytes:
        body = b""
        for piece in body_arriving(response, seconds=seconds):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                raise SignerError(f"the answer of {self._name} is too long")
        return body


def quantities(transaction: dict[str, Any], *names: str) -> dict[str, str]:
    """These fields of a transaction as JSON-RPC takes numbers: `0x` hex without leading zeros."""
    return {name: hex(transaction[name]) for name in names if name in transaction}
