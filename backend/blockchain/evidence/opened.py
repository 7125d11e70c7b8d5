"""A verified file from a store."""

from dataclasses import dataclass
from typing import BinaryIO

from blockchain.evidence.cid import Digest


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file whose hash was found to match its CID. `stream` is at its start; the caller closes it."""

    stream: BinaryIO
    digest: Digest
