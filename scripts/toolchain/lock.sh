#!/usr/bin/env bash
# Resolves requirements.in and backend/requirements.in again, with pip-tools in a throw-away environment. What is pinned
# in the lock files stays as it is, unless a .in file asks for something else; `UPGRADE=1` takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools

flags=(--quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-options --annotation-style=line)
if [ -n "${UPGRADE:-}" ]; then flags+=(--upgrade); fi

"$tools/bin/pip-compile" "${flags[@]}" --output-file requirements.txt requirements.in
# The backend alone gets the same versions that it is tested with.
cd backend
"$tools/bin/pip-compile" "${flags[@]}" -c ../requirements.txt --output-file requirements.txt requirements.in
echo 'requirements.txt and backend/requirements.txt are resolved; `make setup` installs them, `git diff` shows what changed'
