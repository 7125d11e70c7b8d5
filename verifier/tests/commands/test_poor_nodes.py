"""A complainant who is alone with saved files and one poor node: pruned, or of a chain without a base fee."""

import json
from pathlib import Path
from typing import Any

import receipt as r
from tests.commands.running import filing_answer, newest, run, saved, trail_of, verdict
from tests.corpus.chain import COMPLAINANT, STRANGER, Chain, Complaint, key_of
from tests.proxy import Proxy


class WithoutBaseFee(Proxy):
    """A node as those of chains before EIP-1559, or of some other kinds."""

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Neither a base fee in blocks, nor a method that suggests a tip."""
        if request["method"] == "eth_maxPriorityFeePerGas":
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "method not found"}}
        answer = super().answer(request)
        if request["method"] == "eth_getBlockByNumber":
            del answer["result"]["baseFeePerGas"]
        return answer


def test_prove__saved_trail_and_a_node_that_proves_the_newest_block_only__gives_a_complete_receipt(
    chain: Chain, tmp_path: Path
) -> None:
    """Claim C7: contents come from the saved trail, later links from the node's logs, and nothing from the operator."""
    complaint = Complaint(chain, "pruned")
    complaint.file()
    complaint.add(r.COMMENTED, changes={"text": [None, "Wann?"]})
    trail, made = saved(tmp_path / "trail.json", trail_of(complaint)), tmp_path / "made.json"
    complaint.hold()
    complaint.add(r.COMMENTED, changes={"text": [None, "recorded after the trail was saved"]})
    chain.mine()
    with Proxy(chain.node.url, newest_only=True) as node:
        run("prove", trail, "--rpc", node.url, "-o", made)
        methods = {json.loads(each)["method"] for each in node.said}
    assert methods == {"eth_chainId", "eth_call", "eth_getBlockByNumber", "eth_getProof", "eth_getLogs"}
    required = [word for name in ("identity", "content/1", "content/2") for word in ("--require", name)]
    said = verdict(made, "--block", newest(chain), *required, status=0)
    assert (said["identity"], said["complete"], said["clock"]) == ("id-matches", "complete", "held")
    assert (said["content/1"], said["content/2"], said["content/4"]) == ("opened", "opened", "not-disclosed")


def test_submit__chain_without_a_base_fee__sends_a_legacy_transaction_that_is_recorded(
    chain: Chain, tmp_path: Path
) -> None:
    complaint = Complaint(chain, "legacy")
    complaint.promise()
    answer, receipt = saved(tmp_path / "answer.json", filing_answer(complaint)), tmp_path / "receipt.json"
    with WithoutBaseFee(chain.node.url) as node:
        sent = run("submit", answer, "--rpc", node.url, "--yes", keys={"RECEIPT_KEY": key_of(STRANGER)})
        methods = [json.loads(each)["method"] for each in node.said]
    assert "costs at most" in sent.stderr
    assert "eth_gasPrice" in methods
    assert "eth_maxPriorityFeePerGas" not in methods
    mined = chain.node.ask("eth_getTransactionByHash", sent.stdout.strip())
    assert (mined["type"], mined["from"]) == ("0x0", r.hex0x(chain.address(STRANGER)))
    assert int(mined["v"], 16) in (2 * 31337 + 35, 2 * 31337 + 36)
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    run("prove", answer, "--rpc", chain.node.url, "-o", receipt)
    said = verdict(receipt, "--block", newest(chain), "--require", "promise", status=0)
    assert (said["promise/1"], said["complete"]) == ("kept", "complete")


def test_object__chain_without_a_base_fee__records_the_objection(chain: Chain, tmp_path: Path) -> None:
    complaint = Complaint(chain, "object legacy", chain.address(COMPLAINANT))
    complaint.file()
    receipt, objection = saved(tmp_path / "receipt.json", complaint.receipt()), tmp_path / "objection.json"
    keys = {"RECEIPT_KEY": key_of(STRANGER), "RECEIPT_COMPLAINANT_KEY": key_of(COMPLAINANT)}
    with WithoutBaseFee(chain.node.url) as node:
        sent = run("object", receipt, "--rpc", node.url, "--text", "Nein.", "-o", objection, "--yes", keys=keys)
    assert chain.node.ask("eth_getTransactionByHash", sent.stdout.strip())["type"] == "0x0"
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    run("prove", receipt, objection, "--rpc", chain.node.url, "-o", receipt)
    assert verdict(receipt, "--block", newest(chain), status=0)["content/2"] == "opened"
