"""The bytes of a transaction: what is hashed, what is sent, and whether a signer returned what it was asked for.

Two kinds, as the relay makes them: EIP-1559 (type 2), and legacy with replay protection (EIP-155).
"""

from dataclasses import dataclass
from typing import Any

import rlp
from rlp.exceptions import RLPException

from blockchain.chain.signers.errors import SignerError
from blockchain.chain.signers.signature import Signature, signature_checked
from blockchain.protocol.keccak import keccak

EIP1559 = b"\x02"
EIP155 = 35  # v of a legacy transaction: this, twice the chain id, and the recovery id


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An unsigned transaction. `fields` are those that both forms have, as RLP takes them."""

    chain_id: int
    fields: tuple[Any, ...]
    legacy: bool

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        if self.legacy:
            return keccak(rlp.encode([*self.fields, self.chain_id, 0, 0]))
        return keccak(EIP1559 + rlp.encode(self.fields))

    def signed(self, signature: Signature) -> bytes:
        """The bytes that a node takes."""
        r, s = signature.r, signature.s
        if self.legacy:
            return rlp.encode([*self.fields, EIP155 + 2 * self.chain_id + signature.parity, r, s])
        return EIP1559 + rlp.encode([*self.fields, signature.parity, r, s])


def envelope_of(transaction: dict[str, Any]) -> Envelope:
    """The transaction with these fields, as in `Signer.sign`."""
    chain_id = transaction["chainId"]
    to, data = bytes.fromhex(transaction["to"][2:]), bytes.fromhex(transaction["data"][2:])
    gas, value, nonce = transaction["gas"], transaction["value"], transaction["nonce"]
    if "gasPrice" in transaction:
        fields: tuple[Any, ...] = (nonce, transaction["gasPrice"], gas, to, value, data)
        return Envelope(chain_id=chain_id, fields=fields, legacy=True)
    fees = transaction["maxPriorityFeePerGas"], transaction["maxFeePerGas"]
    return Envelope(chain_id=chain_id, fields=(chain_id, nonce, *fees, gas, to, value, data, ()), legacy=False)


def raw_checked(answer: object, *, transaction: dict[str, Any], address: str) -> tuple[bytes, str]:
    """The signed bytes that a signer returned, and their hash.

    Only the signature is taken from the answer; the bytes made from it and from what was asked have to be those of the
    answer. Raises `SignerError` for anything else: another transaction, another key, another form.
    """
    asked = envelope_of(transaction)
    try:
        if not isinstance(answer, str) or not answer.startswith("0x"):
            raise ValueError
        raw = bytes.fromhex(answer[2:])
        items = rlp.decode(raw if asked.legacy else raw[1:])
        if not isinstance(items, list) or len(items) != len(asked.fields) + 3:
            raise ValueError
        v, r, s = (int.from_bytes(item) for item in items[-3:])
    except (ValueError, TypeError, RecursionError, RLPException):
        raise SignerError("the signer returned no transaction of the kind that it was asked for") from None
    parity = v - EIP155 - 2 * asked.chain_id if asked.legacy else v
    if parity not in (0, 1):
        raise SignerError("the signer returned a signature that is not canonical, or is for another chain")
    returned = Signature(parity=parity, r=r, s=s)
    if asked.signed(returned) != raw:
        raise SignerError("the signer returned another transaction than it was asked for")
    signature_checked(digest=asked.digest, parity=parity, r=r, s=s, address=address)
    return raw, "0x" + keccak(raw).hex()
