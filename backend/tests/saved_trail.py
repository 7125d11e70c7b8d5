"""A saved audit trail, checked as its owner checks it: `receipt.py prove` makes a receipt, which `verify` judges."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.chain_fixtures import Chain
from tests.receipt_py import receipt_py, verdict_said

Json = dict[str, Any]


def trail_verdict(chain: Chain, *answers: Json, files: dict[str, bytes] | None = None) -> Json:
    """The verdict on the answers with a trail, or its parts, with the newest block trusted. Their links count alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        saved = [folder / f"{number}.json" for number in range(len(answers))]
        for path, answer in zip(saved, answers, strict=True):
            path.write_text(json.dumps(answer))
        for own, content in (files or {}).items():
            (folder / own).write_bytes(content)
        receipt = folder / "made.receipt.json"
        made = receipt_py("prove", *saved, "--rpc", chain.anvil.url, "--no-logs", "--output", receipt)
        assert made.returncode == 0, made.stderr
        given = [f"--file={folder / own}" for own in files or ()]
        block, contract = str(chain.anvil.head()["hash"]), chain.address
        return verdict_said(receipt, "--block", block, "--contract", contract, *given)


def content_of(verdict: Json) -> dict[int, str]:
    """Of each link with a payload, whether it is opened: the code of its statement, by sequence."""
    return {
        int(each["id"].partition("/")[2]): each["code"]
        for each in verdict["statements"]
        if each["id"].startswith("content/")
    }
