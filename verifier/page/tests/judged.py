"""Prints what receipt.py says about each case of a JSON list on standard input: a verdict a line, as JCS, or `null` if
the trust can't be used."""

import base64
import importlib.util
import json
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("receipt", Path(__file__).parents[2] / "receipt.py")
receipt = importlib.util.module_from_spec(spec)
sys.modules["receipt"] = receipt
spec.loader.exec_module(receipt)

for case in json.load(sys.stdin):
    try:
        trust = receipt.trust_read(receipt.json_read(base64.b64decode(case["trust"])))
    except receipt.Unusable:
        print("null", flush=True)
        continue
    files = [Path(path).read_bytes() for path in case["files"]]
    data = base64.b64decode(case["receipt"])
    verdict = receipt.verdict_on(data, trust=trust, files=files, required=case["required"])
    print(receipt.jcs(verdict).decode(), flush=True)
