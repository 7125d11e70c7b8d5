"""JSON-RPC over HTTP to a program that keeps keys: bounded in time and length. Whoever asks checks the answers."""

import itertools
import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import requests
from eth_utils import is_address, to_checksum_address

from blockchain.chain.signers.current import Pause, Renewed
from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.common.arriving import IDENTITY, body_read
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
                    body = body_read(response, seconds=timeout, most=MAX_ANSWER_BYTES)
        except requests.Timeout as error:
            raise SignerSilent(f"{self._name} does not answer in time ({type(error).__name__})") from None
        except (requests.RequestException, OSError) as error:
            # The text of these errors has the URL in it.
            raise SignerError(f"{self._name} does not answer ({type(error).__name__})") from None
        if body is None:
            raise SignerError(f"the answer of {self._name} is too long")
        return body


class RemoteSigner(ABC):
    """One key of such a program. Nothing that it returns is trusted. `accounts`: the method that lists its keys."""

    kind: ClassVar[str]
    accounts: ClassVar[str]

    def __init__(self, keys: RemoteKeys, address: str) -> None:
        if not is_address(address):
            raise SignerError(f"the address for {keys!r} is not an address")
        self._keys, self.address = keys, to_checksum_address(address)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address}, {self._keys!r})"

    @classmethod
    def at(cls, url: str, address: str) -> Self | Renewed:
        """The key of `address` at `url`; without an address, the only one there. Raises `SignerError`."""
        keys = RemoteKeys(url, kind=cls.kind)
        return cls(keys, address) if address else Renewed(lambda: cls._only(keys))

    @classmethod
    def _only(cls, keys: RemoteKeys) -> Self:
        """The signer with the only key. Raises `SignerError`, also where an address has to be chosen."""
        found = keys.addresses(cls.accounts)
        if len(found) != 1:
            raise SignerError(f"{keys!r} has {len(found)} keys: name the address of one")
        return cls(keys, found[0])

    @abstractmethod
    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """See `Signer.sign`."""

    @abstractmethod
    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `Signer.sign_typed_data`."""

    def check(self) -> None:
        """See `Checked.check`."""
        if self.address not in self._keys.addresses(self.accounts):
            raise SignerError(f"{self._keys!r} does not have the key of {self.address}")


def quantities(transaction: dict[str, Any], *names: str) -> dict[str, str]:
    """These fields of a transaction as JSON-RPC takes numbers: `0x` hex without leading zeros."""
    return {name: hex(transaction[name]) for name in names if name in transaction}
