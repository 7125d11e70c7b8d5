#!/usr/bin/env bash
# Resolves the requirements*.in files again, each into the lock beside it: one lock for every Python from 3.11.0 on and
# every platform, with the hashes of all files that may be installed. What is pinned in a lock stays as it is, unless its
# .in file asks for something else; `UPGRADE=1` takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/../.."

flags=(--quiet --universal --python-version 3.11 --generate-hashes --no-header --annotation-style line)
if [ -n "${UPGRADE:-}" ]; then flags+=(--upgrade); fi
lock() { .venv/bin/uv pip compile "${flags[@]}" "${@:2}" --output-file "$1.txt" "$1.in"; }

lock requirements
# The backend alone gets the same versions that it is tested with.
lock backend/requirements -c requirements.txt
lock backend/requirements-aws -c requirements.txt
lock requirements-tools
echo 'The lock files are resolved; `make setup` installs them, `git diff` shows what changed, `make check-locks` whether'
echo 'they can be installed everywhere.'
