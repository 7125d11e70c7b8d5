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
        from blockchain.models import Complaint, Write
        from blockchain.relay.loop import Relay
        from report import services
        from report.models import Comment, IssueReport
        from tests.chain_fixtures import RELAY_KEY
        from tests.fixtures.reports import FILED

        user = User.objects.create_user("bench")
        reports = [services.report_create(user=user, **FILED) for _ in range(RELAYED // 2 + PLAIN)]
        for report in reports[:-PLAIN]:
            services.comment_create(report_id=report.pk, author=user, text="It is still dark.")

        w3 = Web3(HTTPProvider(chain.anvil.url))
        contract = w3.eth.contract(address=chain.address, abi=chain.registry.deployment.abi)
        account = Account.from_key(RELAY_KEY)
        complaints = [report.complaint for report in reports[-PLAIN:]]
        plain = list(Write.objects.filter(complaint__in=complaints).select_related("complaint"))
        started = time.perf_counter()
        for write in plain:
            call = contract.functions.logComplaintEvent(write.complaint.complaint_id, 0, write.data, 0)
            nonce = w3.eth.get_transaction_count(account.address)
            signed = account.sign_transaction(call.build_transaction({"from": account.address, "nonce": nonce}))
            tx_hash = w3.eth.send_raw_transaction(signed.raw_transaction)
            receipt = w3.eth.wait_for_transaction_receipt(tx_hash, poll_latency=0.01)
            write.tx_hash, write.block_number = tx_hash.to_0x_hex(), receipt["blockNumber"]
            write.state = Write.State.CONFIRMED
            write.save()
        plain_rate = PLAIN / (time.perf_counter() - started)
        Comment.objects.filter(report__in=reports[-PLAIN:]).delete()
        IssueReport.objects.filter(pk__in=[report.pk for report in reports[-PLAIN:]]).delete()
        Write.objects.filter(complaint__in=complaints).delete()
        Complaint.objects.filter(pk__in=[complaint.pk for complaint in complaints]).delete()

        relay = Relay(registry=chain.registry, signer=signer())
        started = time.perf_counter()
        relay.run_until_idle(wait=lambda: time.sleep(0.005))
        relayed = Write.objects.filter(state=Write.State.CONFIRMED).count()
        rate = relayed / (time.perf_counter() - started)
        assert relayed == RELAYED, relayed
        rows = [
            ["relay", f"{relayed}", f"{rate:.0f}", f"{rate / plain_rate:.1f}"],
            ["plain", f"{PLAIN}", f"{plain_rate:.0f}", "1.0"],
        ]
        table_print(f"Writer on {connection.vendor}", ["way", "writes", "confirmed/s", "ratio"], rows)


if __name__ == "__main__":
    main()
