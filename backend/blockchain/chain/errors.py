"""What can go wrong between the backend and the chain, as types; nobody matches the text of an error."""

from typing import Any

from blockchain.common.errors import NAMESPACE, UnavailableError


class ChainError(UnavailableError):
    """Base of all errors of the chain layer. Messages carry no URL, key or token."""

    type_ = f"{NAMESPACE}chain-unavailable"
    title = "Chain unavailable"
    public = "The blockchain node is currently unavailable. Please try again later."


class ChainUnavailable(ChainError):
    """The node did not answer: refused, timed out, or said that it is overloaded. Transient."""


class WrongChain(ChainError):
    """The node is on another chain, or its history is not the one that we wrote to. Stop and say so."""


class NodeError(ChainError):
    """The node answered with a JSON-RPC error. `data` is the revert data where it gave any."""

    def __init__(self, *, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code, self.message, self.data = code, message, data


class ContractReverted(ChainError):
    """The contract refused. `name` and `arguments` are those of its custom error; `shown` are the latter for people."""

    def __init__(self, *, name: str, arguments: dict[str, Any], shown: dict[str, str] | None = None) -> None:
        self.name, self.arguments = name, arguments
        super().__init__(f"{name}({', '.join(f'{key}={value}' for key, value in (shown or arguments).items())})")
