#!/usr/bin/env bash
# Proves the contract's rules for all inputs (proofs/test), and shows that the prover can refute: every claim in
# RefutedProof.sol is false and must be found so. `prove.sh RuleProof check_life` runs one contract, or some of its proofs.
# That each proof fails on a contract that breaks its rule is another command: python -m tools.assurance.proofs.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/assurance/tools.sh
export PATH="$PWD/.venv-tools/bin:$PWD/node_modules/@foundry-rs/forge-linux-amd64/bin:$PATH"
command -v forge >/dev/null || { echo "prove: forge is missing; run make setup, or install Foundry" >&2; exit 1; }
log=.local/proofs
mkdir -p "$log"
rm -f "$log"/*.log

prover() { # contract, prefix of the functions
  .venv-tools/bin/python tools/assurance/proofs/prover.py --root . --forge-build-out "$log/out" --contract "$1" \
    --function "$2" --loop 8 --solver-timeout-branching 100ms \
    --solver-timeout-assertion 300s --no-status > "$log/$1.log" 2>&1 || true
  sed 's/\x1b\[[0-9;]*m//g' "$log/$1.log" | grep -E '^\[(PASS|FAIL|ERROR|TIMEOUT)\]' \
    | sed "s/\] /] $1./; s/(.*(paths/ (paths/; s/, bounds.*/)/" || true
}
export -f prover
export log

forge build --ast --extra-output storageLayout --extra-output metadata --out "$log/out" > "$log/build.log" 2>&1 \
  || { cat "$log/build.log" >&2; exit 1; }
if [ $# -gt 0 ]; then
  prover "$1" "${2:-check_}"
  exit
fi
# The longest first, two at a time.
printf '%s\n' 'SingleProof check_' 'RouteProof check_' 'RunProof check_' 'OpenProof check_' 'FrameProof check_' \
  'RuleProof check_' 'RefutedProof refute_' 'PackedProof check_' \
  | xargs -P 2 -L 1 bash -c 'prover "$0" "$1"' | tee "$log/results.log"

count() { cat "${@:2}" | grep -c "$1" || true; }
proofs=$(ls proofs/test/*Proof.sol | grep -v RefutedProof)
proved=$(count '^\[PASS\] .*\.check_' "$log/results.log")
refuted=$(count '^\[FAIL\] .*\.refute_' "$log/results.log")
# shellcheck disable=SC2086
want_proved=$(count 'function check_' $proofs)
want_refuted=$(count 'function refute_' proofs/test/RefutedProof.sol)
echo "prove: $proved of $want_proved rules proved, $refuted of $want_refuted false claims refuted (logs in $log)"
# The code of a contract whose parameters are unknown is none that the prover has seen compiled; that is meant.
reservations() { grep -hE 'WARNING|ERROR|loop-bound|incomplete' "$log"/*Proof.log | grep -vE 'unknown deployed bytecode|Counterexample'; }
if reservations > /dev/null; then
  reservations | sort | uniq -c >&2
  echo "prove: the prover had reservations" >&2
  exit 1
fi
[ "$proved" -eq "$want_proved" ] && [ "$refuted" -eq "$want_refuted" ]
