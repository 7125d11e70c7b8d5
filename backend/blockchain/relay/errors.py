"""Errors that keep the relay from writing, each with what the operator can do about it."""


class RelayBlocked(Exception):
    """Currently not everything can be written. The health page shows the reason, with its numbers, and the remedy."""

    remedy = "Remove the cause; the relay then resumes by itself."

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy or self.remedy


class RelayStopped(RelayBlocked):
    """A second instance, a restored backup or a stolen key wrote with this key."""

    remedy = "Stop all relays and run `manage.py recover`."


class RoleMissing(RelayBlocked):
    """The key lacks a role on the contract."""

    remedy = "Have the admin grant it with `ape run roles grant`; the relay then resumes by itself."


class NoEther(RelayBlocked):
    """The key's balance does not cover a transaction."""


class FeesAtCap(RelayBlocked):
    """The chain or the node wants more than a setting allows."""


class TransactionRefused(RelayBlocked):
    """The node refuses a transaction again and again, for a reason that neither fees nor balance explain."""

    remedy = (
        "Compare with another node. After five refusals an empty transfer takes the account nonce, and the writes are "
        "packed again."
    )


class BatchRefused(RelayBlocked):
    """The node or the contract refuses to estimate a batch, which the contract would never refuse as a whole."""

    remedy = (
        "Check that BLOCKCHAIN_DEPLOYMENT names the contract on this chain, and that the node allows as much gas as "
        "BLOCKCHAIN_GAS_LIMIT in eth_estimateGas; lower that setting otherwise."
    )


class OutOfGas(RelayBlocked):
    """Transactions run out of gas although the margin has grown several times."""


class LimitReached(RelayBlocked):
    """`BLOCKCHAIN_DAILY_LIMIT_ETHER` allows no further transaction now."""


class Overtaken(Exception):
    """Another relay took the nonce or a write first; nothing was stored."""
