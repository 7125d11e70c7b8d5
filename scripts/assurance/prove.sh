#!/usr/bin/env bash
# Proves the contract's rules for all inputs (proofs/test), and shows that the prover can refute: every claim in
# RefutedProof.sol is false and must be found so. A few minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/assurance/tools.sh
export PATH="$PWD/.venv-tools/bin:$PWD/node_modules/@foundry-rs/forge-linux-amd64/bin:$PATH"
command -v forge >/dev/null || { echo "prove: forge is missing; run make setup, or install Foundry" >&2; exit 1; }
log=.local/proofs
mkdir -p "$log"

prover() { halmos --root . --forge-build-out .local/proofs/out --solver-timeout-assertion 120s --no-status "$@" 2>&1 || true; }
results() { sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -E '^\[(PASS|FAIL|ERROR|TIMEOUT)\]|^Symbolic test result' || true; }
claims() { grep -c "function $1_" "$2"; }

prover --contract RegistryProof --function check_ "$@" > "$log/proved.log"
results "$log/proved.log" | sed 's/(.*(paths/ (paths/'
proved=$(results "$log/proved.log" | grep -c '^\[PASS\]' || true)

prover --contract RefutedProof --function refute_ > "$log/refuted.log"
results "$log/refuted.log" | sed 's/(.*(paths/ (paths/'
refuted=$(results "$log/refuted.log" | grep -c '^\[FAIL\]' || true)

want_proved=$(claims check proofs/test/RegistryProof.sol)
want_refuted=$(claims refute proofs/test/RefutedProof.sol)
echo "prove: $proved of $want_proved rules proved, $refuted of $want_refuted false claims refuted (logs in $log)"
if grep -qE 'WARNING|loop-bound|incomplete' "$log/proved.log"; then
  grep -E 'WARNING|loop-bound|incomplete' "$log/proved.log" | sort | uniq -c >&2
  echo "prove: the prover had reservations" >&2
  exit 1
fi
[ "$proved" -eq "$want_proved" ] && [ "$refuted" -eq "$want_refuted" ]
