#!/usr/bin/env bash
# solhint and slither on the contract; any finding fails. What is switched off has its reason: solhint.config.js, and
# for slither (timestamp, naming-convention) docs/contract-assurance.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/assurance/tools.sh
export PATH="$PWD/.venv-tools/bin:$PWD/node_modules/@foundry-rs/forge-linux-amd64/bin:$PATH"
command -v forge >/dev/null || { echo "static: forge is missing; run make setup, or install Foundry" >&2; exit 1; }

node_modules/.bin/solhint --noPoster --disc --max-warnings 0 -c tools/assurance/solhint.config.js 'contracts/**/*.sol'
echo "static: solhint has nothing to say"
log=.local/slither/slither.log
mkdir -p .local/slither
if ! FOUNDRY_OUT=.local/slither/out FOUNDRY_CACHE_PATH=.local/slither/cache \
  slither . --config-file tools/assurance/slither.config.json > "$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
# No finding in no contract would be no result.
grep -Eq '^INFO:Slither:. analyzed \([1-9][0-9]* contracts' "$log" || { cat "$log" >&2; exit 1; }
grep -E '^INFO:Slither:. analyzed' "$log" | sed 's/^INFO:Slither:./static: slither/'
