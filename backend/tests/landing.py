"""From the outbox to the chain and back into the cache, for tests of what comes after."""

import time

from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain


def land(chain: Chain) -> None:
    """Writes all that waits in the outbox, and reads the events."""
    relay = Relay(registry=chain.registry, signer=signer())
    outcome = relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)
    relay.release()
    assert outcome is Outcome.IDLE, outcome
    events_sync(registry=chain.registry)
