"""A file as a store hands it out."""

from dataclasses import dataclass
from typing import BinaryIO

from blockchain.evidence.cid import Digest


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file that was hashed and found to be what its CID says; `stream` stands at its start. Close the stream."""

    stream: BinaryIO
    digest: Digest
