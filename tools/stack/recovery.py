"""After a kill: anvil writes its state once a second, so the chain may have forgotten what the backend saw confirmed.

A public chain does not do that, and the backend rightly takes confirmed for final. So it is put right here: the backend
keeps the bytes of all that it ever signed.
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
    """Sends again, byte for byte, what was mined and is not on the chain any more. Returns how many transactions."""
    sent = 0
    with closing(sqlite3.connect(database)) as connection:
        signers = connection.execute("SELECT DISTINCT signer FROM complaint_registry_transaction").fetchall()
        for (signer,) in signers:
            for (raw,) in connection.execute(LOST, (signer, chain.nonce(signer))).fetchall():
                chain.rpc("eth_sendRawTransaction", raw)
                sent += 1
    return sent
