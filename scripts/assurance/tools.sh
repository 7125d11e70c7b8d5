#!/usr/bin/env bash
# Brings .venv-tools up to requirements-tools.txt. Does nothing when it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
stamp=.venv-tools/.requirements.cksum
want=$(cksum < requirements-tools.txt)
[ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && exit 0
python=.venv/bin/python
[ -x "$python" ] || python=python3
[ -x .venv-tools/bin/python ] || "$python" -m venv .venv-tools
.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-tools.txt
.venv-tools/bin/python -m pip check >/dev/null
printf '%s' "$want" > "$stamp"
