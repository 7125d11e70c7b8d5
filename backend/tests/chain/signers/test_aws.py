"""Keys in AWS: by the secret that rotates, and by the key that never leaves KMS."""

import json
import sys
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from moto.kms.responses import KmsResponse
from moto.secretsmanager.responses import SecretsManagerResponse

from blockchain.chain.signers.aws import AwsService
from blockchain.chain.signers.aws_kms import aws_kms_signer
from blockchain.chain.signers.aws_secret import aws_secret_signer
from blockchain.chain.signers.current import PAUSE_SECONDS, Pause, Renewed
from blockchain.chain.signers.envelope import raw_checked
from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.chain.signers.local import LocalSigner
from tests.chain.signers.samples import ACKNOWLEDGEMENT, ADDRESS, KEY, OTHER, OTHER_KEY, PROMISE, transactions

# The name and the form of the product description.
SECRET = "blockchain-private-key"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def secret(aws: Any) -> Any:
    """Puts a text into the secret as its newest version."""
    client = aws.client("secretsmanager")
    client.create_secret(Name=SECRET, SecretString=json.dumps({"private_key": KEY}))
    return lambda text: client.put_secret_value(SecretId=SECRET, SecretString=text)


@pytest.mark.parametrize("kind", transactions())
def test_aws_secret_signer__as_the_description_has_it__signs_as_eth_account(kind: str, secret: Any) -> None:
    transaction = transactions()[kind]
    expected = Account.from_key(KEY).sign_transaction(transaction)
    made = aws_secret_signer(secret_id=SECRET).current()
    assert made.sign(transaction) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())
    assert made.sign_typed_data(PROMISE) == LocalSigner(KEY).sign_typed_data(PROMISE)


def test_aws_secret_signer__key_alone_or_in_another_field__is_found(secret: Any) -> None:
    secret(OTHER_KEY)
    assert aws_secret_signer(secret_id=SECRET).current().address == OTHER
    secret(json.dumps({"relay": KEY}))
    assert aws_secret_signer(secret_id=SECRET, field="relay").current().address == ADDRESS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (json.dumps({"key": KEY}), "is not JSON with private_key"),
        ("{" + KEY, "is not JSON with private_key"),
        (json.dumps({"private_key": KEY[:-2]}), "is not a private key"),
        (json.dumps({"private_key": None}), "is not a private key"),
    ],
)
def test_aws_secret_signer__no_key_in_it__refused_without_showing_it(text: str, says: str, secret: Any) -> None:
    secret(text)
    with pytest.raises(SignerError, match=f"the secret {SECRET} {says}") as raised:
        aws_secret_signer(secret_id=SECRET).current()
    assert KEY[2:12] not in str(raised.value)


def test_aws_secret_signer__no_such_secret__code_of_aws_and_nothing_else(aws: Any) -> None:
    with pytest.raises(SignerError, match=r"^AWS secretsmanager refuses: ResourceNotFoundException$"):
        aws_secret_signer(secret_id="none").current()


def test_current__new_version__is_used_after_the_seconds_of_the_setting(secret: Any, settings: Any) -> None:
    settings.BLOCKCHAIN_SIGNER_REFRESH = 0
    made = aws_secret_signer(secret_id=SECRET)
    before = made.current()
    secret(json.dumps({"private_key": OTHER_KEY}))
    assert (before.address, made.current().address) == (ADDRESS, OTHER)
    settings.BLOCKCHAIN_SIGNER_REFRESH = 300
    assert made.current().address == OTHER
    secret(json.dumps({"private_key": KEY}))
    assert made.current().address == OTHER
    assert KEY[2:12] not in repr(made) + repr(before)


def test_renewed__place_does_not_answer__old_signer_ends_with_its_time(settings: Any) -> None:
    settings.BLOCKCHAIN_SIGNER_REFRESH = 300
    clock, asked = Clock(), []

    def find() -> LocalSigner:
        asked.append(clock.now)
        if len(asked) == 2:
            raise SignerError("the vault does not answer")
        return LocalSigner(KEY)

    renewed = Renewed(find, clock=clock)
    first = renewed.current()
    clock.now += 299
    assert renewed.current() is first
    clock.now += 1
    with pytest.raises(SignerError, match="vault"):
        renewed.current()
    assert renewed.current().address == ADDRESS
    assert asked == [1_000, 1_300, 1_300]


def test_pause__signer_hangs__next_calls_fail_at_once_and_then_it_is_asked_again() -> None:
    clock = Clock()
    pause = Pause(clock=clock)
    with pytest.raises(SignerSilent), pause.asking():
        raise SignerSilent("no answer")
    clock.now += PAUSE_SECONDS - 0.1
    with pytest.raises(SignerError, match="no answer"), pause.asking():
        pytest.fail("asked during the pause")
    clock.now += 0.2
    with pytest.raises(SignerError, match="refused"), pause.asking():
        raise SignerError("refused")
    with pause.asking():
        pass


@pytest.mark.parametrize("kind", transactions())
def test_aws_kms_signer__transaction__recovers_and_is_what_was_asked(kind: str, kms_key: str) -> None:
    transaction = transactions()[kind]
    made = aws_kms_signer(key_id=kms_key).current()
    # KMS signs with fresh randomness: several times, so that both halves of s come up.
    for _ in range(8):
        raw, tx_hash = made.sign(transaction)
        assert Account.recover_transaction(raw) == made.address
        # As if somebody else had signed it: every field, low s, v, and the hash.
        assert raw_checked("0x" + raw.hex(), transaction=transaction, address=made.address) == (raw, tx_hash)


@pytest.mark.parametrize("typed", [PROMISE, ACKNOWLEDGEMENT])
def test_aws_kms_signer__typed_data__recovers(typed: dict[str, Any], kms_key: str) -> None:
    made = aws_kms_signer(key_id=kms_key).current()
    signature = made.sign_typed_data(typed)
    assert Account.recover_message(encode_typed_data(full_message=typed), signature=signature) == made.address


def test_aws_kms_signer__alias_points_elsewhere__found_signer_stays_and_the_next_is_new(
    aws: Any, kms_key: str, settings: Any
) -> None:
    settings.BLOCKCHAIN_SIGNER_REFRESH = 0
    client = aws.client("kms")
    client.create_alias(AliasName="alias/relay", TargetKeyId=kms_key)
    made = aws_kms_signer(key_id="alias/relay")
    before = made.current()
    other = client.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client.update_alias(AliasName="alias/relay", TargetKeyId=other)
    after = made.current()
    assert before.address != after.address
    for each in (before, after):
        raw, _ = each.sign(transactions()["type 2"])
        assert Account.recover_transaction(raw) == each.address


def test_aws_kms_signer__address_of_another_key__refused(kms_key: str) -> None:
    with pytest.raises(SignerError, match=f"the KMS key {kms_key} is that of 0x.*, not of {ADDRESS}"):
        aws_kms_signer(key_id=kms_key, address=ADDRESS).current()
    found = aws_kms_signer(key_id=kms_key).current().address
    assert aws_kms_signer(key_id=kms_key, address=found.lower()).current().address == found


@pytest.mark.parametrize(
    ("spec", "usage", "says"),
    [("ECC_NIST_P256", "SIGN_VERIFY", "not one of secp256k1"), ("RSA_2048", "ENCRYPT_DECRYPT", "is not for signing")],
)
def test_aws_kms_signer__key_of_another_kind__refused(spec: str, usage: str, says: str, aws: Any) -> None:
    made = aws.client("kms").create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    with pytest.raises(SignerError, match=says):
        aws_kms_signer(key_id=made).current()


def test_aws_kms_signer__another_key_answers__refused(kms_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = aws_kms_signer(key_id=kms_key).current()

    def of_another_key(self: AwsService, method: str, **parameters: Any) -> dict[str, Any]:
        signed = Account.from_key(OTHER_KEY).unsafe_sign_hash(parameters["Message"])
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        return {"Signature": encode_dss_signature(signed.r, signed.s)}

    monkeypatch.setattr(AwsService, "ask", of_another_key)
    with pytest.raises(SignerError, match=f"not by the key of {made.address}"):
        made.sign(transactions()["type 2"])


@pytest.mark.parametrize("answer", [{}, {"Signature": b""}, {"Signature": b"\x30\x00"}])
def test_aws_kms_signer__no_signature__refused(
    answer: dict[str, Any], kms_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = aws_kms_signer(key_id=kms_key).current()
    monkeypatch.setattr(AwsService, "ask", lambda self, method, **parameters: answer)
    with pytest.raises(SignerError, match="not DER"):
        made.sign_typed_data(PROMISE)


def test_moto__request_that_is_no_digest__is_refused(aws: Any, kms_key: str) -> None:
    """What the tests above rely on."""
    client = aws.client("kms")
    usual = {"KeyId": kms_key, "Message": b"\1" * 32, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert client.sign(**usual, MessageType="DIGEST")["Signature"]
    for change in ({"MessageType": "RAW"}, {}, {"MessageType": "DIGEST", "Message": b"\1" * 31}):
        with pytest.raises(client.exceptions.ClientError, match=r"digests|length"):
            client.sign(**usual | change)


@pytest.mark.parametrize("make", [lambda: aws_kms_signer(key_id="k"), lambda: aws_secret_signer(secret_id="s")])
def test_aws__boto3_not_installed__names_the_extra(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SignerError, match=r"install complaint-registry\[aws\]"):
        make()


def test_aws__no_region_and_no_credentials__one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SignerError, match=r"^AWS kms can't be asked \(NoRegionError\)$"):
        aws_kms_signer(key_id="k").current()
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    with pytest.raises(SignerError, match=r"^AWS secretsmanager can't be asked \(NoCredentialsError\)$"):
        aws_secret_signer(secret_id="s", region="eu-central-1").current()


def test_aws__refusal_quotes_the_request__message_has_the_code_only(
    secret: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.kms.exceptions import AccessDeniedException

    def refuse(self: Any) -> str:
        raise AccessDeniedException("arn:aws:iam::123456789012:user/relay is not authorized")

    monkeypatch.setattr(SecretsManagerResponse, "get_secret_value", refuse)
    monkeypatch.setattr(KmsResponse, "get_public_key", refuse)
    with pytest.raises(SignerError, match=r"^AWS secretsmanager refuses: AccessDeniedException$"):
        aws_secret_signer(secret_id=SECRET).current()
    with pytest.raises(SignerError, match=r"^AWS kms refuses: AccessDeniedException$"):
        aws_kms_signer(key_id="k").current()
