"""CIDs as Kubo computes them, together with SHA-256, in one pass over the bytes and in constant memory."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from aleph_cid import CidHasher

# What the CID depends on besides the bytes; kept with each file, and sent to Kubo with each upload.
CID_PARAMETERS: dict[str, Any] = {
    "cid-version": 1,
    "raw-leaves": True,
    "chunker": "size-262144",
    "hash": "sha2-256",
    "max-file-links": 174,
}
# CIDv1 in base32 of a SHA-256 multihash: raw (one chunk) or dag-pb (several).
CID = re.compile(r"baf(?:krei|ybei)[a-z2-7]{52}")
READ_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What identifies a file."""

    cid: str
    sha256: bytes
    size: int  # bytes


@dataclass
class Hasher:
    """Both hashes of a file, fed chunk by chunk."""

    size: int = 0
    _cid: CidHasher = field(default_factory=CidHasher.for_ipfs_v1_raw_leaves)
    _sha256: Any = field(default_factory=hashlib.sha256)

    def update(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._cid.update(chunk)
        self._sha256.update(chunk)

    def digest(self) -> Digest:
        """Call once, at the end."""
        return Digest(cid=self._cid.finalize(), sha256=self._sha256.digest(), size=self.size)


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of the stream, piece by piece."""
    while chunk := stream.read(READ_BYTES):
        yield chunk


def digest_of(stream: BinaryIO) -> Digest:
    """Reads the stream to its end."""
    hasher = Hasher()
    for chunk in chunks(stream):
        hasher.update(chunk)
    return hasher.digest()


def is_cid(text: str) -> bool:
    """Whether `text` looks like a CID of ours; nothing else ever names a file."""
    return CID.fullmatch(text) is not None
