"""Signed notes about headers, by keys that the corpus's witnesses would have."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def _public(name: str) -> bytes:
    return _key(name).public_key().public_bytes_raw()


def key_id(name: str) -> bytes:
    """The first bytes of a witness's signatures."""
    return hashlib.sha256(name.encode() + b"\n\x01" + _public(name)).digest()[:4]


def vkey(name: str) -> str:
    """The verifier key of a witness."""
    encoded = base64.b64encode(b"\x01" + _public(name)).decode()
    return f"{name}+{key_id(name).hex()}+{encoded}"


POLICY = f"""# The operator's own key counts for nothing.
log {vkey("operator")} https://operator.example
witness press {vkey("press")}
witness court {vkey("court")} https://court.example
witness university {vkey("university")}
group two 2 press court university
quorum two
"""


def sign(name: str, text: str) -> str:
    """The line with a witness's signature of a text."""
    return f"— {name} {base64.b64encode(key_id(name) + _key(name).sign(text.encode())).decode()}\n"


def note(*names: str, chain_id: int, number: int, block: str, time: int) -> str:
    """A note signed by these witnesses."""
    text = f"complaint-registry/headers/v1\n{chain_id}\n{number}\n{block}\n{time}\n"
    return text + "\n" + "".join(sign(name, text) for name in names)
