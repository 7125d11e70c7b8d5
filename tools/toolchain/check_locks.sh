#!/usr/bin/env bash
# Whether the lock files are what their .in files resolve to, and can be installed without a compiler on every Python and
# platform that README.md and docs/operations.md promise. Asks a package index, installs nothing. Called by `make check-locks`.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

check() {
  local name=$1 output
  shift
  printf '%-66s' "$name"
  if output=$("$@" 2>&1); then echo ok; else status=1; printf 'FAILED\n%s\n' "$output"; fi
}

same_locks() {
  local copy=$scratch/copy lock
  mkdir -p "$copy/backend" "$copy/tools/toolchain"
  ln -s "$PWD/.venv" "$copy/.venv"
  cp tools/toolchain/lock.sh "$copy/tools/toolchain"
  cp requirements*.in requirements*.txt "$copy"
  cp backend/requirements*.in backend/requirements*.txt "$copy/backend"
  UPGRADE='' bash "$copy/tools/toolchain/lock.sh" || return
  for lock in requirements backend/requirements backend/requirements-aws requirements-tools; do
    diff -u "$lock.txt" "$copy/$lock.txt" || { echo '`make lock` writes it'; return 1; }
  done
}

installable() {
  local lock=$1 version=$2 platform=$3
  shift 3
  .venv/bin/uv pip install --quiet --dry-run --require-hashes --only-binary :all: "${@/#/--no-binary=}" \
    --target "$scratch/none" --python-version "$version" --python-platform "$platform" -r "$lock"
}

# installables LOCK "VERSIONS" "PLATFORMS" [PACKAGES without wheels, in pure Python]
installables() {
  local lock=$1 version platform
  for version in $2; do
    for platform in $3; do
      check "$lock on Python $version, $platform" installable "$lock" "$version" "$platform" "${@:4}"
    done
  done
}

check 'locks are resolved from their .in files' same_locks
installables requirements.txt '3.11.0 3.11.3 3.12' 'x86_64-manylinux_2_28 aarch64-manylinux_2_28' lazyasd python-baseconv varint
installables backend/requirements.txt '3.11.0 3.11.3 3.12 3.13' 'x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin'
installables backend/requirements-aws.txt '3.11.0 3.13' 'x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin'
installables requirements-tools.txt '3.11.0 3.12' x86_64-manylinux_2_28
exit $status
