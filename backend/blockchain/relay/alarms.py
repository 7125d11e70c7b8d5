"""Why the relay can't write: stored for the health page, and logged when the reason begins, changes and ends."""

import logging
import re

from blockchain.models import RelayLease
from blockchain.relay.lease import lease_blocked

logger = logging.getLogger("blockchain.relay")

# Fees, balances and block numbers change from round to round; the reason does not.
NUMBER = re.compile(r"\d+(\.\d+)?")


def alarm_note(lease: RelayLease, *, reason: str, level: int, message: str) -> None:
    """Stores why nothing can be written; logs `message` if the reason is new. `lease`: as it was before the round."""
    lease_blocked(signer=lease.signer, reason=reason)
    if NUMBER.sub("#", lease.blocked_reason) != NUMBER.sub("#", reason[:300]):
        logger.log(level, message, extra={"error": reason, "signer": lease.signer})


def alarm_end(lease: RelayLease) -> None:
    """Clears the reason, and logs it."""
    lease_blocked(signer=lease.signer, reason="")
    if lease.blocked_reason:
        logger.warning("relay writes again", extra={"was": lease.blocked_reason, "signer": lease.signer})
