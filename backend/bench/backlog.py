"""Backlog: 5,000 comments that wait on 5,000 complaints, on a chain with a block of 30 M gas every 12 seconds.

How many blocks it takes until all are mined: with nothing due, and with every complaint overdue by three levels.
"""

import time

from bench.environment import environment
from bench.table import table_print

COMPLAINTS = 5_000
CHANGES = {"text": [None, "Is anybody there?"]}
BLOCK_GAS, BLOCK_SECONDS = 30_000_000, 12
MAX_BLOCKS = 200


def main() -> None:  # noqa: PLR0915  one story, from filing to the last block
    with environment("backlog") as chain:
        from django.db import connection, transaction

        from blockchain.chain.signers import signer
        from blockchain.indexer.sync import events_sync
        from blockchain.models import Complaint, Transaction, Write
        from blockchain.protocol.kinds import EventType
        from blockchain.recording import complaint_open, record
        from blockchain.relay import send
        from blockchain.relay.loop import Outcome, Relay

        # What the pool lost is sent again after seconds, of which twelve pass between two blocks; here none do.
        send.RESEND_AFTER = 0
        rules = chain.registry.deployment.rules
        relay = Relay(registry=chain.registry, signer=signer())

        def recorded() -> None:
            """Everything that waits is on a chain that mines at once, and read back."""
            outcome = relay.run_until_idle(wait=lambda: time.sleep(0.005))
            assert outcome is Outcome.IDLE, outcome
            events_sync()

        def commented() -> None:
            with transaction.atomic():
                for complaint in Complaint.objects.order_by("pk"):
                    record(complaint=complaint, event_type=EventType.COMMENTED, by="bench", changes=CHANGES)

        def mined() -> list[int]:
            """Blocks until nothing waits, and what each of them carried."""
            chain.anvil.rpc("evm_setAutomine", False)
            chain.anvil.rpc("evm_setBlockGasLimit", hex(BLOCK_GAS))
            carried: list[int] = []
            while Write.objects.filter(state__in=Write.UNLANDED).exists() and len(carried) < MAX_BLOCKS:
                while relay.run_once() is Outcome.WORKED:
                    pass
                before = Write.objects.exclude(state__in=Write.UNLANDED).count()
                chain.anvil.rpc("evm_setNextBlockTimestamp", chain.anvil.time() + BLOCK_SECONDS)
                chain.anvil.rpc("evm_mine")
                while relay.run_once() is Outcome.WORKED:
                    pass
                carried.append(Write.objects.exclude(state__in=Write.UNLANDED).count() - before)
            chain.anvil.rpc("evm_setAutomine", True)
            recorded()
            return carried

        with transaction.atomic():
            for number in range(COMPLAINTS):
                complaint_open(source="bench", external_id=f"{number}", changes=CHANGES, by="bench")
        recorded()
        rows = []
        overdue = rules.default_sla + 3 * rules.escalation_interval
        for title, wait in (("nothing due", 0), ("overdue by 3 levels", overdue)):
            if wait:
                chain.anvil.warp(chain.anvil.time() + wait)
            first = chain.registry.node.block("latest")
            assert first is not None
            transactions = Transaction.objects.count()
            commented()
            blocks = mined()
            assert not Write.objects.exclude(state=Write.State.CONFIRMED).exists()
            start = int(first["number"], 16)
            rows.append(
                [
                    title,
                    f"{COMPLAINTS}",
                    f"{len(blocks)}",
                    f"{start + 1} to {start + len(blocks)}",
                    " ".join(map(str, blocks)),
                    f"{Transaction.objects.count() - transactions}",
                ]
            )
        title = f"Backlog on {connection.vendor}: blocks of {BLOCK_GAS // 10**6} M gas, {BLOCK_SECONDS} s apart"
        table_print(title, ["", "writes", "blocks", "numbers", "writes in each", "transactions"], rows)


if __name__ == "__main__":
    main()
