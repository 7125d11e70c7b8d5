"""Repairs the chain after a kill: anvil saves its state once a second, so it may have lost confirmed transactions.

A public chain does not lose them, and the backend rightly treats them as final. So they are sent again here, from the
signed bytes that the backend keeps.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.stack.chain import Chain

LOST = """
    SELECT raw FROM complaint_registry_transaction t JOIN complaint_registry_attempt a ON a.transaction_id = t.id
    WHERE signer = ? AND nonce >= ? AND state IN ('mined', 'confirmed') AND block_hash <> '' ORDER BY nonce
"""


def resend_lost(*, database: Path, chain: Chain) -> int:
    """Sends mined transactions that are no longer on the chain again, byte for byte. Returns their number."""
    sent = 0
    with closing(sqlite3.connect(database)) as connection:
        signers = connection.execute("SELECT DISTINCT signer FROM complaint_registry_transaction").fetchall()
        for (signer,) in signers:
            for (raw,) in connection.execute(LOST, (signer, chain.nonce(signer))).fetchall():
                chain.rpc("eth_sendRawTransaction", raw)
                sent += 1
    return sent
