"""What an operator can do about errors of the node."""

from typing import Final

from blockchain.chain.errors import ChainError, ChainUnavailable

# The first type that matches applies.
NODE_REMEDIES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ChainUnavailable, "Check the node and BLOCKCHAIN_NODE_URLS; everything resumes by itself once the node answers."),
    (ChainError, "Check the node; its log says why it refuses."),
)
