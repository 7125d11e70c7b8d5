#!/usr/bin/env bash
# Brings the environment up to the two lock files: .venv (requirements.txt) and node_modules (package-lock.json).
# Idempotent; does nothing when both are up to date. Called by `make setup`.
set -euo pipefail
cd "$(dirname "$0")/../.."

die() { printf 'setup: %s\n' "$1" >&2; exit 1; }
step() { printf '==> %s\n' "$1"; }
. tools/toolchain/venv.sh

# PYTHON, or the Python of the environment that is there, or one that is installed.
find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} .venv/bin/python python3.11 python3.12 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
    [ "$candidate" != "${PYTHON:-}" ] || die "PYTHON=$PYTHON is not Python 3.11 or 3.12"
  done
  die "Python 3.11 or 3.12 is missing (looked for python3.11, python3.12, python3; PYTHON=... names another one; 3.13 would have to compile the numpy that Ape asks for)"
}

command -v node >/dev/null 2>&1 || die "Node.js 20 or later is missing (it runs the Solidity compiler)"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || die "Node.js 20 or later is needed, this is $(node --version)"
command -v npm >/dev/null 2>&1 || die "npm is missing (it comes with Node.js)"

venv_usable .venv || rm -rf .venv
python=$(find_python)
python_stamp=.venv/.requirements.cksum
python_want="$(cat requirements.txt tools/toolchain/{setup,venv}.sh | cksum), $("$python" --version)"
if [ "$(cat "$python_stamp" 2>/dev/null)" != "$python_want" ]; then
  step "Python environment in .venv ($("$python" --version))"
  venv .venv "$python" || die "python3 -m venv failed (Debian: apt-get install python3-venv)"
  # The lock is complete, so nothing is left to resolve; compiling happens on first import.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --use-pep517 -r requirements.txt ||
    die "installing requirements.txt failed (see above)"
  .venv/bin/python -m pip check >/dev/null || die "requirements.txt does not go together; run .venv/bin/pip check"
  if ! grep -q SOLCX_BINARY_PATH .venv/bin/activate; then
    printf '\n# The Solidity compiler of package.json, for ape and forge.\nexport SOLCX_BINARY_PATH="%s"\n' \
      "\$(cd \"\$VIRTUAL_ENV/..\" && pwd)/tools/toolchain" >> .venv/bin/activate
  fi
  printf '%s' "$python_want" > "$python_stamp"
fi

node_stamp=node_modules/.package-lock.cksum
node_want=$(cat package-lock.json .npmrc | cksum)
if [ "$(cat "$node_stamp" 2>/dev/null)" != "$node_want" ]; then
  step "Compiler, libraries and local chain in node_modules"
  npm ci --silent || die "npm ci failed; run it without --silent to see why"
  printf '%s' "$node_want" > "$node_stamp"
fi

# The binaries of package.json, where the environment finds them. Elsewhere (macOS, arm64): Foundry's own, from PATH.
for tool in anvil cast; do
  binary="node_modules/@foundry-rs/$tool-linux-amd64/bin/$tool"
  if [ -x "$binary" ] && "$binary" --version >/dev/null 2>&1; then
    ln -sfn "../../$binary" ".venv/bin/$tool"
  elif ! command -v "$tool" >/dev/null 2>&1; then
    die "$tool is missing: there is no binary of it in package.json for this platform; install Foundry"
  fi
done
