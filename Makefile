# 清源 Qingyuan. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := $(shell find static -type f -not -name '*.gz' -not -name '*.br')
export FLASK_APP := wsgi

.DEFAULT_GOAL := help
.PHONY: help run install dev test check bench faults seed translations migration lock tools clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/.run.stamp ## set everything up and serve on http://127.0.0.1:8000 (HOST, PORT, DEMO=0)
	@$(BIN)/flask seed
	@exec $(BIN)/python -m quiz.serve

install: $(VENV)/.run.stamp ## set up what running needs, and start nothing (service managers do)

dev: $(VENV)/.run.stamp ## the reloading development server (with the worker beside it)
	@$(BIN)/flask seed
	@find static -name '*.gz' -delete -o -name '*.br' -delete  # the reloading server must never show yesterday's style
	@$(BIN)/flask worker & trap "kill $$!" EXIT; $(BIN)/flask run --debug --host "$${HOST:-127.0.0.1}" --port "$${PORT:-8000}"

test: $(VENV)/.test.stamp ## set up what the tests need and run them all
	@PYTHON=$(BIN)/python deploy/test.sh

check: $(VENV)/.test.stamp ## lint, format, types, import contracts, question bank
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m question_bank check

bench: $(VENV)/.run.stamp ## measure speed against a floor taken in the same run
	$(BIN)/python -m bench.bank
	$(BIN)/python -m bench.engine --report bench/reports/engine.md
	$(BIN)/python -m bench.rankings --report bench/reports/rankings.md

faults: $(VENV)/.test.stamp ## kill, cut and stop everything on purpose, on both databases, and report (an hour or more)
	@notes=$$(mktemp -d); failed=0; export FAULTS=whole FAULTS_NOTES=$$notes CHROMIUM_PATH=$${CHROMIUM_PATH:-$$(command -v chromium)}; \
	for database in sqlite postgresql; do $(BIN)/python -m pytest -q tests/faults --database $$database || failed=1; done; \
	$(BIN)/python -m tests.faults.report $$notes; rm -r $$notes; exit $$failed

seed: $(VENV)/.run.stamp ## database, regions, bank and demonstration data, without serving
	@$(BIN)/flask seed

translations: $(VENV)/.run.stamp ## collect texts into the catalogues, then compile them
	deploy/translations.sh

migration: $(VENV)/.run.stamp ## write a migration from the models: make migration M="add …"
	$(BIN)/flask db revision "$(M)"

lock: $(VENV)/.test.stamp ## renew requirements/*.txt from setup.cfg (needs uv)
	uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -o requirements/run.txt
	uv pip compile setup.cfg --extra test --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements/run.txt -o requirements/test.txt

clean: ## remove the environment and caches (keeps instance/, the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

tools:
	@missing=""; \
	command -v $(PYTHON) >/dev/null || missing="python3 python3-venv"; \
	if [ -z "$$missing" ]; then $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing="python3-venv"; fi; \
	if [ -n "$$missing" ]; then echo "Please install what is missing, then run make again:  sudo apt install $$missing" >&2; exit 1; fi; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version)." >&2; exit 1; }

$(VENV)/bin/python: | tools
	$(PYTHON) -m venv $(VENV)

# The stamps hold the lock's hash: an unchanged lock installs nothing, a changed one installs exactly itself.
$(VENV)/.run.stamp: requirements/run.txt $(wildcard quiz/translations/*/LC_MESSAGES/*.po) $(STATIC) | $(VENV)/bin/python
	@deploy/install.sh requirements/run.txt
	@$(BIN)/pybabel -q compile -d quiz/translations
	@find static -name '*.gz' -delete -o -name '*.br' -delete; $(BIN)/python -m whitenoise.compress -q static
	@touch $@

$(VENV)/.test.stamp: requirements/test.txt $(VENV)/.run.stamp
	@deploy/install.sh requirements/test.txt
	@touch $@
