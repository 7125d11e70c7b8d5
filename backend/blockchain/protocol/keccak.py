"""keccak-256, by the quickest implementation that is installed: an indexer computes one for each link."""

from collections.abc import Callable

keccak: Callable[[bytes], bytes]
"""32 bytes."""

try:
    from sha3 import keccak_256  # type: ignore[import-untyped]
except ImportError:
    from eth_hash.auto import keccak as eth_keccak

    keccak = eth_keccak
else:

    def _keccak(data: bytes) -> bytes:
        digest: bytes = keccak_256(data).digest()
        return digest

    keccak = _keccak

__all__ = ["keccak"]
