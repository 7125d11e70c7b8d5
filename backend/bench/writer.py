"""Writer: events confirmed per second, from the outbox to the block, against the plain way.

The plain way: build, sign, send, wait for the receipt, save it, next; with web3.py as its documentation shows it, and
polling ten times as often as by default, since this chain mines at once.
"""

import time

from bench.environment import environment
from bench.table import table_print

RELAYED, PLAIN = 2_000, 150


def main() -> None:
    with environment("writer") as chain:
        from django.db import connection
        from eth_account import Account
        from web3 import HTTPProvider, Web3

        from accounts.models import User
        from blockchain.chain.signers import signer
        from blockchain.models import BlockchainTransaction
        from blockchain.relay.loop import Relay
        from report import services
        from tests.chain_fixtures import RELAY_KEY
        from tests.fixtures.reports import FILED

        user = User.objects.create_user("bench")
        reports = [services.report_create(user=user, **FILED) for _ in range(RELAYED // 2 + PLAIN)]

        w3 = Web3(HTTPProvider(chain.anvil.url))
        contract = w3.eth.contract(address=chain.address, abi=chain.registry.deployment.abi)
        account = Account.from_key(RELAY_KEY)
        writes = BlockchainTransaction.objects.filter(event_type=0)
        plain = list(writes.filter(report__in=reports[-PLAIN:]).select_related("report"))
        started = time.perf_counter()
        for write in plain:
            call = contract.functions.logComplaintEvent(write.report.complaint_id, 0, write.data_hash, 1)
            nonce = w3.eth.get_transaction_count(account.address)
            signed = account.sign_transaction(call.build_transaction({"from": account.address, "nonce": nonce}))
            tx_hash = w3.eth.send_raw_transaction(signed.raw_transaction)
            receipt = w3.eth.wait_for_transaction_receipt(tx_hash, poll_latency=0.01)
            write.tx_hash, write.block_number = tx_hash.to_0x_hex(), receipt["blockNumber"]
            write.state = BlockchainTransaction.State.CONFIRMED
            write.save()
        plain_rate = PLAIN / (time.perf_counter() - started)
        BlockchainTransaction.objects.filter(report__in=reports[-PLAIN:]).delete()

        relay = Relay(on=chain.registry, by=signer())
        started = time.perf_counter()
        relay.run_until_idle(wait=lambda: time.sleep(0.005))
        relayed = BlockchainTransaction.objects.filter(state="confirmed").count()
        rate = relayed / (time.perf_counter() - started)
        assert relayed == RELAYED, relayed
        rows = [
            ["relay", f"{relayed}", f"{rate:.0f}", f"{rate / plain_rate:.1f}"],
            ["plain", f"{PLAIN}", f"{plain_rate:.0f}", "1.0"],
        ]
        table_print(f"Writer on {connection.vendor}", ["way", "writes", "confirmed/s", "ratio"], rows)


if __name__ == "__main__":
    main()
