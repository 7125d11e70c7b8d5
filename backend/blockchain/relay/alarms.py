"""Why the relay can't write: stored for the health page, and logged when the reason begins, changes and ends."""

import logging
import re

from blockchain.chain.remedies import NODE_REMEDIES
from blockchain.chain.signers import SignerError
from blockchain.models import RelayLease
from blockchain.protocol.links import LogError
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.lease import lease_blocked

logger = logging.getLogger("blockchain.relay")

# Fees, balances and block numbers change from round to round; the reason does not.
NUMBER = re.compile(r"\d+(\.\d+)?")
REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (SignerError, "Start the signer, or correct BLOCKCHAIN_SIGNER; the relay then resumes by itself."),
    (LogError, "The node's logs contradict the contract: use another node."),
    *NODE_REMEDIES,
)


def remedy_of(error: Exception) -> str:
    """What the operator can do about an error that ended a round."""
    if isinstance(error, RelayBlocked):
        return error.remedy
    return next((remedy for kind, remedy in REMEDIES if isinstance(error, kind)), RelayBlocked.remedy)


def alarm_note(lease: RelayLease, *, error: Exception, level: int, message: str) -> None:
    """Stores why nothing can be written; logs `message` if the reason is new. `lease`: as it was before the round."""
    reason, remedy = str(error), remedy_of(error)
    lease_blocked(signer=lease.signer, reason=reason, remedy=remedy)
    if NUMBER.sub("#", lease.blocked_reason) != NUMBER.sub("#", reason[:300]):
        logger.log(level, message, extra={"error": reason, "remedy": remedy, "signer": lease.signer})


def alarm_end(lease: RelayLease) -> None:
    """Clears the reason, and logs it."""
    lease_blocked(signer=lease.signer, reason="", remedy="")
    if lease.blocked_reason:
        logger.warning("relay writes again", extra={"was": lease.blocked_reason, "signer": lease.signer})
