"""`python -m bench`: every benchmark, each in a process of its own, on the machine that it says."""

import os
import platform
import subprocess
import sys

BENCHMARKS = (
    "requests_latency",
    "hung_node",
    "writer",
    "backlog",
    "selection",
    "figures",
    "indexer",
    "lag",
    "proofs",
    "scale",
)


def main() -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {commit.stdout.strip()}")
    for name in BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


if __name__ == "__main__":
    main()
