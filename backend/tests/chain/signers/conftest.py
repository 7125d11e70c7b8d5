"""AWS offline, by moto."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto import mock_aws
from moto.kms.exceptions import ValidationException
from moto.kms.responses import KmsResponse


def sign(self: KmsResponse) -> str:
    """`Sign` for digests: moto hashes the message whatever its type. This one refuses all but a digest of 32 bytes."""
    message = self._get_param("Message")
    if self._get_param("MessageType") != "DIGEST" or self._get_param("SigningAlgorithm") != "ECDSA_SHA_256":
        raise ValidationException("these tests sign digests with ECDSA_SHA_256 only")
    if len(message) != 32:
        raise ValidationException("Digest is invalid length for algorithm ECDSA_SHA_256")
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    signature = key.private_key.private_key.sign(message, ec.ECDSA(Prehashed(SHA256())))
    return json.dumps({"KeyId": key.arn, "Signature": base64.b64encode(signature).decode()})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A session of boto3's with an account of AWS that is empty."""
    import boto3

    monkeypatch.setattr(KmsResponse, "sign", sign)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.session.Session()


@pytest.fixture
def kms_key(aws: Any) -> str:
    """The id of a key that signs for Ethereum."""
    made = aws.client("kms").create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["KeyId"])
