#!/usr/bin/env bash
# Collect all texts into the template, merge them into the English catalogue, compile.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
keywords=(-k _ -k _l -k lazy_gettext -k DomainError -k NotFoundError -k ConflictError -k BusyError -k TooManyTriesError -k msgid)
$bin/pybabel -q extract -F deploy/babel.cfg "${keywords[@]}" --no-location --sort-output --omit-header -o quiz/translations/messages.pot .
$bin/pybabel -q update -i quiz/translations/messages.pot -d quiz/translations -l en --no-fuzzy-matching --ignore-pot-creation-date --width 120
$bin/pybabel -q compile -d quiz/translations
