"""What a block's header tells about its logs: the bloom filter of the Yellow Paper, 4.3.1."""

from dataclasses import dataclass
from typing import Any, Self

from eth_hash.auto import keccak

BLOOM_HEX = 2 + 2 * 256


@dataclass(frozen=True)
class Bloom:
    """The bits that a block sets if it has a certain log."""

    bits: int

    @classmethod
    def of(cls, *values: str) -> Self:
        """For a log with all of these, its address and its topics (`0x` hex)."""
        bits = 0
        for value in values:
            digest = keccak(bytes.fromhex(value[2:]))
            for start in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[start : start + 2], "big") & 0x7FF)
        return cls(bits)

    def may_be_in(self, logs_bloom: Any) -> bool:
        """False if a block with this bloom (`0x` hex) certainly has no such log; true also where it has no bloom."""
        if not isinstance(logs_bloom, str) or len(logs_bloom) != BLOOM_HEX:
            return True
        return int(logs_bloom, 16) & self.bits == self.bits
