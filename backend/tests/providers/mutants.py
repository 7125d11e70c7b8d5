"""Shows that each member's test fails when its handling is taken out: `python -m tests.providers.mutants [MEMBER ...]`.

The backend is copied, changed in one place, and tested under that member only. Exits with 1 if a test still passes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

BACKEND = Path(__file__).resolve().parents[2]
SECONDS = 300
FAILED = 1
REASON = re.compile(r"^E +(.*)$", re.MULTILINE)
LIFE, REFUSAL = "test_zoo.py", "test_refusals.py"


class Mutant(NamedTuple):
    """One change in `blockchain/`, and the member whose test has to fail."""

    member: str
    file: str
    old: str
    new: str
    test: str = LIFE


MUTANTS = (
    Mutant(
        "alchemy_free",
        "indexer/scan.py",
        "except (NodeError, ChainUnavailable) as error:\n",
        "except ZeroDivisionError as error:\n",
    ),
    Mutant(
        "ankr", "indexer/scan.py", "except (NodeError, ChainUnavailable) as error:\n", "except NodeError as error:\n"
    ),
    Mutant(
        "infura", "indexer/scan.py", "except (NodeError, ChainUnavailable) as error:\n", "except NodeError as error:\n"
    ),
    Mutant(
        "quicknode",
        "indexer/scan.py",
        "except (NodeError, ChainUnavailable) as error:\n",
        "except NodeError as error:\n",
    ),
    Mutant(
        "drpc_free",
        "chain/node.py",
        "except _RequestRefused:\n                responses = None",
        "except ZeroDivisionError:\n                responses = None",
    ),
    Mutant(
        "besu",
        "chain/node.py",
        "                self._batch_limit.refused(len(some))\n",
        '                self._busy(responses["error"])\n                self._batch_limit.refused(len(some))\n',
    ),
    Mutant(
        "nethermind",
        "chain/node.py",
        "                self._batch_limit.refused(len(some))\n",
        '                self._busy(responses["error"])\n                self._batch_limit.refused(len(some))\n',
    ),
    Mutant(
        "nethermind",
        "chain/contract.py",
        "_REVERT_DATA.search(data)",
        "_REVERT_DATA.match(data)",
        REFUSAL,
    ),
    Mutant(
        "mute_reverts",
        "relay/estimate.py",
        "if batch.kind == Kind.SIGNED:\n                _refused",
        "if batch.kind == Kind.SIGNED and isinstance(error, ContractReverted):\n                _refused",
        REFUSAL,
    ),
    Mutant(
        "erigon",
        "chain/node.py",
        "                self._batch_limit.refused(len(some))\n",
        '                raise ChainUnavailable("no list")\n',
    ),
    Mutant(
        "no_batches",
        "chain/node.py",
        "                self._batch_limit.refused(len(some))\n",
        '                raise ChainUnavailable("no list")\n',
    ),
    Mutant("text_ids", "chain/node.py", 'int(response["id"]) for', 'str(response["id"]) for'),
    Mutant(
        "polygon",
        "relay/refusals.py",
        '        ("tip", rf"gas tip cap{N}, minimum needed{N}"),\n',
        "",
    ),
    Mutant(
        "bsc",
        "chain/answers.py",
        '    _quantity(header.get("baseFeePerGas", "0x0"))\n',
        '    _quantity(header.get("baseFeePerGas", "0x0"))\n    _quantity(header["extraData"])\n',
    ),
    Mutant("op_stack", "chain/paid.py", ' + _number(receipt.get("l1Fee"))', ""),
    Mutant("op_isthmus", "chain/paid.py", " + _operator_fee(receipt, gas)", ""),
    Mutant("op_jovian", "chain/paid.py", "gas * scalar * OPERATOR_FACTOR_JOVIAN", "gas * scalar // OPERATOR_SCALE"),
    Mutant(
        "lotus",
        "indexer/scan.py",
        "            answers = self._by_number(doubtful, refused)\n",
        "            raise refused\n",
    ),
    Mutant(
        "arbitrum",
        "chain/paid.py",
        'gas = int(receipt["gasUsed"], 16)\n    return gas',
        'gas = int(receipt["gasUsed"], 16) + int(receipt.get("gasUsedForL1", "0x0"), 16)\n    return gas',
    ),
    Mutant(
        "gnosis",
        "chain/answers.py",
        'if value is None or (isinstance(value, dict) and value.get("blockHash") is None):',
        "if value is None:",
    ),
    Mutant(
        "gnosis",
        "chain/answers.py",
        'if receipt.get("effectiveGasPrice") is not None:',
        'if "effectiveGasPrice" in receipt:',
    ),
    Mutant(
        "vechain",
        "chain/answers.py",
        'if header.get("baseFeePerGas", "0x0") is None:',
        'if header.get("baseFeePerGas", "0x0") == "":',
    ),
    Mutant(
        "vechain",
        "chain/paid.py",
        "return min(max_fee, (receipt.get(BASE_FEE) or 0) + tip)",
        "return receipt.get(BASE_FEE) or 0",
    ),
    Mutant(
        "ethermint",
        "chain/node.py",
        "answers = self._at_number([calls[index] for index in wanted], block_hash) if wanted else []",
        "answers: list[Any] = []",
    ),
    Mutant(
        "pruned",
        "indexer/heads.py",
        'block={"blockHash": cursor.block_hash}',
        "block=hex(registry.deployment.block_number)",
    ),
    Mutant(
        "no_genesis",
        "chain/guard.py",
        "    if isinstance(oldest, dict):\n",
        "    if True:\n",
    ),
    Mutant("load_balancer", "indexer/scan.py", "missed = self._missed(headers, found)", "missed: list[Any] = []"),
    Mutant(
        "rskj",
        "chain/node.py",
        "    except (TypeError, ValueError):\n        return 0",
        "    except TypeError:\n        return 0",
    ),
    Mutant(
        "rate_limited",
        "relay/loop.py",
        "except (ChainUnavailable, LogError) as error:",
        "except LogError as error:",
    ),
    Mutant("removed_logs", "protocol/links.py", '            and not log.get("removed")\n', ""),
    Mutant(
        "unfiltered",
        "protocol/links.py",
        'if len(log["topics"])\n            and log["topics"][0] == topic',
        'if log["topics"][0] == topic',
    ),
    Mutant("low_estimates", "relay/margin.py", "factor=max(worst.margin * GROWTH, needed)", "factor=base"),
    Mutant("public_node", "health/indexer.py", "if lag > settings.HEALTH_MAX_INDEXER_LAG:", "if False:"),
    Mutant(
        "forgetful_pool",
        "relay/send.py",
        "return attempt.transaction.nonce >= view.pool_nonce and is_older(attempt.sent_at, RESEND_AFTER)",
        "return False",
    ),
    Mutant("already_known", "relay/broadcast.py", "if not isinstance(found, dict)]", "]"),
    Mutant("cloudfront", "chain/node.py", "OSError, ValueError, TypeError, KeyError, AttributeError", "OSError"),
    Mutant("slow", "chain/node.py", "requests.RequestException, OSError,", ""),
    Mutant(
        "late_receipts",
        "relay/loop.py",
        "except (ChainUnavailable, LogError) as error:",
        "except LogError as error:",
    ),
    Mutant("ganache", "chain/answers.py", '"0x[0-9a-fA-F]{1,64}"', '"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})"'),
)


def main(members: list[str]) -> int:
    """Returns the exit status."""
    survived = 0
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        copy = Path(folder) / "backend"
        shutil.copytree(BACKEND, copy, ignore=shutil.ignore_patterns("__pycache__", "static", ".*"))
        for name in ("contracts", ".build", "node_modules", "tools", "docs", "verifier", "ape-config.yaml"):
            if (BACKEND.parent / name).exists():
                (Path(folder) / name).symlink_to(BACKEND.parent / name)
        for mutant in MUTANTS:
            if not members or mutant.member in members:
                failed, why = _try(mutant, copy)
                survived += not failed
                print(
                    f"{'fails' if failed else 'PASSES':7} {mutant.member:15} {mutant.file:20} {why[:160]}", flush=True
                )
    return 1 if survived else 0


def _try(mutant: Mutant, copy: Path) -> tuple[bool, str]:
    path = copy / "blockchain" / mutant.file
    true = path.read_text()
    if true.count(mutant.old) != 1:
        return False, f"{mutant.old!r} is there {true.count(mutant.old)} times"
    path.write_text(true.replace(mutant.old, mutant.new))
    command = [sys.executable, "-m", "pytest", f"tests/providers/{mutant.test}", "-q", "-x", "-m", "not providers"]
    command += ["-k", mutant.member, "--no-header", "--tb=short", "--show-capture=no", "-p", "no:cacheprovider"]
    try:
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return True, "it does not end"
    finally:
        path.write_text(true)
    reasons = REASON.findall(run.stdout)
    return run.returncode == FAILED and bool(reasons), reasons[0] if reasons else run.stdout[-200:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
