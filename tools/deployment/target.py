"""What is deployed, and where its files go."""

from dataclasses import dataclass
from pathlib import Path

from tools.deployment.compiled import Compiled
from tools.deployment.create2 import PROXY, create2_address
from tools.deployment.parameters import Parameters
from tools.deployment.pending import pending_path
from tools.deployment.transactions import FeeBounds


@dataclass(frozen=True, kw_only=True)
class Target:
    """One deployment as it is meant. `output` is the artifact's file, which is only replaced with `force`.

    With a `salt`, 32 bytes, it is deployed by the deterministic deployment proxy; see `tools.deployment.create2`.
    """

    network: str
    parameters: Parameters
    compiled: Compiled
    output: Path
    force: bool = False
    salt: bytes | None = None
    fees: FeeBounds | None = None

    @property
    def pending(self) -> Path:
        """The pending record's file."""
        return pending_path(self.output)

    @property
    def to(self) -> str | None:
        """Whom the transaction calls: the proxy, or nobody."""
        return None if self.salt is None else PROXY

    @property
    def address(self) -> str | None:
        """Where the contract will be, if that is known beforehand."""
        return None if self.salt is None else create2_address(salt=self.salt, init_code=self.init_code())

    def init_code(self) -> bytes:
        """Deployment code, then the encoded constructor arguments."""
        return self.compiled.deployment_code + self.parameters.encoded()

    def data(self) -> bytes:
        """The transaction's data."""
        return (self.salt or b"") + self.init_code()
