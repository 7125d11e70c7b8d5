"""Indexer: events per second of a backfill, and its memory, against `event.get_logs` into the ORM one by one."""

import resource
import time

from bench.environment import environment
from bench.table import table_print

COMPLAINTS, EVENTS, PER_TRANSACTION, PLAIN = 200, 100_000, 400, 4_000
COMMENTED = 3


def main() -> None:
    with environment("indexer") as chain:
        from django.db import connection, transaction
        from web3 import HTTPProvider, Web3

        from blockchain.indexer.sync import events_sync
        from blockchain.models import ChainEvent, ChainState, Complaint, ScanCursor, Write
        from blockchain.recording import complaint_open

        with transaction.atomic():
            for number in range(COMPLAINTS):
                complaint_open(source="bench", external_id=f"{number}", changes={"text": [None, "x"]}, by="bench")
        ids = [bytes.fromhex(each[2:]) for each in Complaint.objects.values_list("complaint_id", flat=True)]
        registry = chain.registry
        entries = [
            (ids[i % COMPLAINTS], i.to_bytes(32, "big"), COMMENTED if i >= COMPLAINTS else 0, i // COMPLAINTS)
            for i in range(EVENTS)
        ]
        for start in range(0, EVENTS, PER_TRANSACTION):
            data = "0x" + registry.encode("recordBatch", entries[start : start + PER_TRANSACTION]).hex()
            sent = {"from": chain.relay_account, "to": chain.address, "data": data, "gas": hex(16_000_000)}
            chain.anvil.rpc("eth_sendTransaction", sent)

        # The events are none of these: what is measured is reading, not settling.
        Write.objects.all().delete()
        Complaint.objects.all().delete()
        before = _peak_mib()
        started = time.perf_counter()
        result = events_sync(registry=registry)
        rate = result.events / (time.perf_counter() - started)
        peak = _peak_mib()
        assert (result.events, ChainEvent.objects.count()) == (EVENTS, EVENTS)
        assert ChainState.objects.filter(agrees=True).count() == COMPLAINTS
        ScanCursor.objects.all().delete()
        ChainEvent.objects.all().delete()

        w3 = Web3(HTTPProvider(chain.anvil.url))
        contract = w3.eth.contract(address=chain.address, abi=registry.deployment.abi)
        last = registry.deployment.block_number + PLAIN // PER_TRANSACTION
        started = time.perf_counter()
        logs = contract.events.LinkAppended.get_logs(from_block=registry.deployment.block_number, to_block=last)
        for log in logs:
            ChainEvent.objects.create(
                complaint_id=log.args.complaintId.hex(),
                sequence=log.args.sequence,
                event_type=log.args.eventType,
                actor=log.args.actor,
                timestamp=log.args.timestamp,
                data=log.args.data.hex(),
                tx_hash=log.transactionHash.hex(),
                block_number=log.blockNumber,
                block_hash=log.blockHash.hex(),
                log_index=log.logIndex,
            )
        plain_rate = len(logs) / (time.perf_counter() - started)
        rows = [
            ["backfill", f"{EVENTS}", f"{rate:.0f}", f"{rate / plain_rate:.1f}", f"{before:.0f}", f"{peak:.0f}"],
            ["plain", f"{len(logs)}", f"{plain_rate:.0f}", "1.0", "", ""],
        ]
        header = ["way", "events", "events/s", "ratio", "RSS before, MiB", "peak RSS, MiB"]
        table_print(f"Indexer on {connection.vendor}", header, rows)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
