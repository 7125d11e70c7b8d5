"""`abi.encode` of static values, by hand: each is one word of 32 bytes."""

from eth_utils import keccak


def number(value: int) -> bytes:
    """Numbers, enums and booleans stand at the right end."""
    return value.to_bytes(32)


def address(value: str) -> bytes:
    """As a number of 160 bits."""
    return number(int(value, 16))


def fixed(value: bytes) -> bytes:
    """`bytesN` stands at the left end."""
    return value.ljust(32, b"\0")


def digest(*words: bytes) -> bytes:
    """keccak256 of the words."""
    return keccak(b"".join(words))
