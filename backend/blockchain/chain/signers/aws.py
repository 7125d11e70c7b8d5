"""What the two AWS services share: a client that is made when it is first used, and its errors in one line.

Credentials and region come from where AWS's own tools take them: environment, profile, or the machine's role.
"""

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from blockchain.chain.signers.current import Pause
from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.conf import settings


class AwsService:
    """One AWS service, such as `kms`. `region`: empty for that of the environment. Raises `SignerError`."""

    def __init__(self, service: str, *, region: str = "") -> None:
        if importlib.util.find_spec("boto3") is None:
            raise SignerError("boto3 is not installed: install complaint-registry[aws], or requirements-aws.txt")
        self._service, self._region = service, region
        self._lock = threading.Lock()
        self._client: Any = None
        self._pause = Pause()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to one call; connecting and reading take at most `BLOCKCHAIN_SIGNER_TIMEOUT` seconds each."""
        with self._pause.asking(), _one_line_errors(f"AWS {self._service}"):
            answer: dict[str, Any] = getattr(self._made(), method)(**parameters)
        return answer

    def _made(self) -> Any:
        # Looking for credentials may ask the network, and sessions are not thread-safe.
        with self._lock:
            if self._client is None:
                import boto3
                from botocore.config import Config

                timeout = settings.BLOCKCHAIN_SIGNER_TIMEOUT
                config = Config(connect_timeout=timeout, read_timeout=timeout, retries={"total_max_attempts": 1})
                session = boto3.session.Session()
                self._client = session.client(self._service, region_name=self._region or None, config=config)
            return self._client


@contextmanager
def _one_line_errors(name: str) -> Iterator[None]:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        ReadTimeoutError,
    )

    try:
        yield
    except ClientError as error:
        # Its message may quote the request; the code says enough.
        raise SignerError(f"{name} refuses: {error.response.get('Error', {}).get('Code', 'unknown')}") from None
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise SignerSilent(f"{name} does not answer in time ({type(error).__name__})") from None
    except (BotoCoreError, OSError, ValueError) as error:
        raise SignerError(f"{name} can't be asked ({type(error).__name__})") from None
