#!/usr/bin/env bash
# Brings .venv-tools up to requirements-tools.txt. Does nothing when it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/toolchain/venv.sh
stamp=.venv-tools/.requirements.cksum
want="$(cksum < requirements-tools.txt), $(.venv/bin/python --version)"
if venv_usable .venv-tools && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi
venv .venv-tools .venv/bin/python
.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-tools.txt
.venv-tools/bin/python -m pip check >/dev/null
printf '%s' "$want" > "$stamp"
