#!/usr/bin/env bash
# Every check that needs no chain, one line each; what a failed one said follows its line. Called by `make lint`.
set -uo pipefail
cd "$(dirname "$0")/../.."

files=(scripts tools tests backend verifier)
status=0

check() {
  local name=$1 output
  shift
  printf '%-28s' "$name"
  if output=$("$@" 2>&1); then echo ok; else status=1; printf 'FAILED: %s\n%s\n' "$*" "$output"; fi
}

in_backend() { (cd backend && "$@"); }

same_openapi() {
  bash tools/toolchain/openapi.sh | diff -u docs/openapi.yaml - ||
    { echo 'docs/openapi.yaml is not that of the code; `make openapi` writes it'; return 1; }
}

# What the settings need to be imported; nothing is connected to.
export ENV_FILE=/dev/null DATABASE_URL=sqlite://:memory: DATA_DIR=$PWD/.local/lint
export DJANGO_SECRET_KEY=for-checks-only-0123456789-abcdefghijkl JWT_SIGNING_KEY=for-checks-only-lkjihgfedcba-9876543210

check 'format (ruff)' ruff format --check "${files[@]}"
check 'lint (ruff)' ruff check "${files[@]}"
check 'types (mypy)' mypy
check 'types of the verifier' mypy --config-file= --strict --no-incremental verifier/receipt.py verifier/statistics.py
check 'imports (import-linter)' in_backend lint-imports --no-cache --no-logo
forge=$(PATH="$PWD/node_modules/@foundry-rs/forge-linux-amd64/bin:$PATH" command -v forge) &&
  check 'format (forge)' "$forge" fmt --check contracts
check 'ABI of the backend' ape run export_abi --check
check 'migrations' in_backend python manage.py makemigrations --check --dry-run
check 'docs/openapi.yaml' same_openapi
exit $status
