#!/usr/bin/env bash
# Writes the backend's OpenAPI schema to the file given, relative to the repository, or to stdout.
set -euo pipefail
cd "$(dirname "$0")/../.."

# What the settings need to be imported; nothing is connected to.
export ENV_FILE=/dev/null DATABASE_URL=sqlite://:memory: DATA_DIR=$PWD/.local/lint
export DJANGO_SECRET_KEY=for-checks-only-0123456789-abcdefghijkl JWT_SIGNING_KEY=for-checks-only-lkjihgfedcba-9876543210

file=()
if [ $# -gt 0 ]; then file=(--file "$PWD/$1"); fi
cd backend
exec python manage.py spectacular --validate --fail-on-warn "${file[@]}"
