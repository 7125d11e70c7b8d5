"""What is deployed, and where its files go."""

from dataclasses import dataclass
from pathlib import Path

from eth_abi.abi import encode

from tools.deployment.compiled import Compiled
from tools.deployment.parameters import CONSTRUCTOR, Parameters
from tools.deployment.pending import pending_path


@dataclass(frozen=True, kw_only=True)
class Target:
    """One deployment as it is meant. `output` is the artifact's file, which is only replaced with `force`."""

    network: str
    parameters: Parameters
    compiled: Compiled
    output: Path
    force: bool = False

    @property
    def pending(self) -> Path:
        """The pending record's file."""
        return pending_path(self.output)

    def data(self) -> bytes:
        """The transaction's data: deployment code, then the encoded constructor arguments."""
        arguments = self.parameters.constructor_args()
        types = [kind for _, kind in CONSTRUCTOR]
        return self.compiled.deployment_code + encode(types, [arguments[name] for name, _ in CONSTRUCTOR])
