#!/usr/bin/env bash
# Install a hashed lock into .venv, only when it differs from what is installed there; with uv where it is at hand.
set -euo pipefail
lock=$1
stamp=".venv/.$(basename "$lock").sha256"
sum=$(sha256sum "$lock" | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then exit 0; fi
echo "Installing $lock …"
if command -v uv >/dev/null; then
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
fi
echo "$sum" >"$stamp"
