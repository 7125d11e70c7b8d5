"""A key in AWS KMS (`ECC_SECG_P256K1`), which never leaves it: KMS signs hashes that are made here."""

from typing import Any

from eth_keys import keys
from eth_utils import is_same_address

from blockchain.chain.signers.aws import AwsService
from blockchain.chain.signers.current import Renewed
from blockchain.chain.signers.der import public_key_point, signature_numbers
from blockchain.chain.signers.envelope import envelope_of
from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.signature import Signature, signature_made
from blockchain.protocol import typed_data as protocol
from blockchain.protocol.keccak import keccak


def aws_kms_signer(*, key_id: str, address: str = "", region: str = "") -> Renewed:
    """The key with this id, ARN or alias; with an `address`, no other one. Raises `SignerError`."""
    service = AwsService("kms", region=region)
    return Renewed(lambda: _found(service, key_id, address))


def _found(service: AwsService, key_id: str, wanted: str) -> "KmsSigner":
    described = service.ask("get_public_key", KeyId=key_id)
    if described.get("KeyUsage") != "SIGN_VERIFY":
        raise SignerError(f"the KMS key {key_id} is not for signing")
    address = keys.PublicKey(public_key_point(described.get("PublicKey", b""))).to_checksum_address()
    if wanted and not is_same_address(address, wanted):
        raise SignerError(f"the KMS key {key_id} is that of {address}, not of {wanted}")
    # An alias may point elsewhere tomorrow; this signer stays with the key that was found.
    return KmsSigner(service, str(described.get("KeyId", key_id)), address)


class KmsSigner:
    """One key. Its signatures are made canonical, and are known to be by that key."""

    def __init__(self, service: AwsService, key_id: str, address: str) -> None:
        self._service, self._key_id, self.address = service, key_id, address

    def __repr__(self) -> str:
        return f"KmsSigner({self.address}, {self._key_id})"

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """See `Signer.sign`."""
        envelope = envelope_of(transaction)
        raw = envelope.signed(self._signature(envelope.digest))
        return raw, "0x" + keccak(raw).hex()

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `Signer.sign_typed_data`."""
        return self._signature(protocol.digest(typed_data)).of_data

    def _signature(self, digest: bytes) -> Signature:
        # SHA_256 names the length of the digest only; with DIGEST, KMS hashes nothing.
        answer = self._service.ask(
            "sign", KeyId=self._key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
        )
        r, s = signature_numbers(answer.get("Signature", b""))
        return signature_made(digest=digest, r=r, s=s, address=self.address)
