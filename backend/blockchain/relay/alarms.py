"""Why the relay can't write: kept for the health page, and logged when it begins, changes and ends, not each round."""

import logging
import re

from blockchain.models import RelayLease
from blockchain.relay.lease import lease_blocked

logger = logging.getLogger("blockchain.relay")

# Fees, balances and numbers of blocks change from round to round, and the reason does not.
NUMBER = re.compile(r"\d+(\.\d+)?")


def alarm_note(lease: RelayLease, *, reason: str, level: int, message: str) -> None:
    """Remembers why nothing can be written; `lease` is as the round began. Logs `message` unless it said so before."""
    lease_blocked(signer=lease.signer, reason=reason)
    if NUMBER.sub("#", lease.blocked_reason) != NUMBER.sub("#", reason[:300]):
        logger.log(level, message, extra={"error": reason, "signer": lease.signer})


def alarm_end(lease: RelayLease) -> None:
    """Forgets the reason, and says so."""
    lease_blocked(signer=lease.signer, reason="")
    if lease.blocked_reason:
        logger.warning("relay writes again", extra={"was": lease.blocked_reason, "signer": lease.signer})
