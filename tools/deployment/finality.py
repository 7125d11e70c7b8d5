"""Which blocks of a chain count as final: those below a tag of the chain's own, or those under enough others."""

from dataclasses import dataclass
from typing import Literal, cast

from web3 import Web3
from web3.exceptions import BlockNotFound, Web3RPCError

from tools.deployment.errors import DeploymentError

Tag = Literal["safe", "finalized"]
TAGS = ("safe", "finalized")
MOST_CONFIRMATIONS = 100_000


@dataclass(frozen=True, kw_only=True)
class Finality:
    """Either a block `tag` of the chain, or how many blocks (`confirmations`) lie on top of a final one."""

    tag: Tag | None = None
    confirmations: int = 0

    @classmethod
    def parse(cls, value: object) -> "Finality":
        """Of a parameter file's `finality`: a tag, or a number of blocks. Raises `ValueError`."""
        if value in TAGS:
            return cls(tag=cast("Tag", value))
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CONFIRMATIONS:
            return cls(confirmations=value)
        raise ValueError(f"finality: must be 'safe', 'finalized', or 0 to {MOST_CONFIRMATIONS} blocks, not {value!r}")

    def __str__(self) -> str:
        return f"the chain's {self.tag} block" if self.tag else f"{self.confirmations} blocks below the newest"

    def block_number(self, w3: Web3) -> int:
        """The newest final block, or -1 while there is none. Raises `DeploymentError` if the node has no such tag."""
        if self.tag is None:
            return w3.eth.block_number - self.confirmations
        try:
            return w3.eth.get_block(self.tag)["number"]
        except BlockNotFound:
            return -1
        except Web3RPCError:
            raise DeploymentError(
                f"the node does not know a {self.tag} block; set 'finality' in the parameter file to a number of blocks"
            ) from None
