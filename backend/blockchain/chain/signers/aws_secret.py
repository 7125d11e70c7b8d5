"""A key in AWS Secrets Manager. A new version of the secret is used without a restart."""

import json

from blockchain.chain.signers.aws import AwsService
from blockchain.chain.signers.current import Renewed
from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.local import LocalSigner


def aws_secret_signer(*, secret_id: str, field: str = "private_key", region: str = "") -> Renewed:
    """The key in the secret with this name or ARN, which is JSON with the key in `field`, or the key alone.

    Raises `SignerError`.
    """
    service = AwsService("secretsmanager", region=region)
    return Renewed(lambda: LocalSigner(_key(service, secret_id, field), setting=f"the secret {secret_id}"))


def _key(service: AwsService, secret_id: str, field: str) -> str:
    text = service.ask("get_secret_value", SecretId=secret_id).get("SecretString")
    if not isinstance(text, str):
        raise SignerError(f"the secret {secret_id} is not text")
    if not text.lstrip().startswith("{"):
        return text.strip()
    try:
        return str(json.loads(text)[field]).strip()
    except (ValueError, KeyError, TypeError):
        raise SignerError(f"the secret {secret_id} is not JSON with {field}") from None
