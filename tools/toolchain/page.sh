#!/usr/bin/env bash
# Builds or tests the pages in verifier/, with the packages of verifier/page/package-lock.json. Called by `make page` and
# `make test-page`.
set -euo pipefail
cd "$(dirname "$0")/../../verifier/page"

stamp=node_modules/.package-lock.cksum
want=$(cat package-lock.json .npmrc | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
  npm ci --silent || { echo 'page: npm ci failed; run it in verifier/page without --silent to see why' >&2; exit 1; }
  printf '%s' "$want" >"$stamp"
fi

case "$1" in
  build) node build.mjs ;;
  test) node --test --test-concurrency=1 --test-reporter=spec tests/*.test.mjs ;;
esac
