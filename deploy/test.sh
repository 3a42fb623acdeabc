#!/usr/bin/env bash
# All tests: lint, types, contracts, then pytest on SQLite and again on PostgreSQL where it can be reached.
# With CI=true everything must be there: nothing may be left out.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=0
step() { echo; echo "== $1"; shift; "$@" || { failed=1; echo "-- failed: $*"; }; }

export CHROMIUM_PATH=${CHROMIUM_PATH:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
browser=(-m "not browser")
if [ -n "$CHROMIUM_PATH" ]; then browser=(); else echo "No Chromium found: browser tests are left out (apt install chromium fonts-noto-cjk)."; fi

nginx=$(command -v nginx || ls /usr/sbin/nginx 2>/dev/null || true)
if [ -z "$nginx" ]; then echo "No nginx found: the tests of deploy/nginx are left out (apt install nginx)."; fi

postgres=0
if $bin/python - <<'PY' 2>/dev/null
import os, sqlalchemy as sa
url = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432")
sa.create_engine(f"{url}/postgres", connect_args={"connect_timeout": 3}).connect().close()
PY
then postgres=1; else echo "No PostgreSQL at TEST_POSTGRES_URL (default postgres@127.0.0.1:5432): its tests are left out."; fi

if [ "${CI:-}" = true ] && { [ -z "$CHROMIUM_PATH" ] || [ -z "$nginx" ] || [ $postgres = 0 ]; }; then
    echo "CI needs Chromium, nginx and PostgreSQL." >&2
    exit 1
fi

step "ruff" $bin/ruff check .
step "format" $bin/ruff format --check .
step "types" $bin/mypy
step "import contracts" $bin/lint-imports --no-cache
processes=${TEST_PROCESSES:-$(nproc)}
shape=(--dist worksteal --durations 15 --durations-min 10)  # a process that is done takes from one that is not; the slowest are named
step "tests on SQLite" $bin/python -m pytest -q -n "$processes" "${shape[@]}" ${browser[@]+"${browser[@]}"}
if [ $postgres = 1 ]; then
    step "tests on PostgreSQL" $bin/python -m pytest -q -n "$processes" "${shape[@]}" ${browser[@]+"${browser[@]}"} --database postgresql \
        tests/integration tests/architecture tests/faults
fi
if [ $failed = 0 ]; then echo; echo "All green."; else echo; echo "Something failed; see above." >&2; fi
exit $failed
