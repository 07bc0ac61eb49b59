# Needs Python 3.11 or newer and make; all else is installed into .venv from the hash-locked lists in requirements/.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
PYTEST := $(BIN)/python -m pytest
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-annotate --group build

# Modules are compiled once, not by every process, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check deep screenshots matrix parity laws bench lock fmt clean

help: ## list what make can do here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed-dev ## make .venv with the program and all development tools

run: .venv/.installed-core ## serve the demonstration at http://127.0.0.1:8000
	$(BIN)/crm demo

test: .venv/.installed-dev ## run the tests (some need PostgreSQL or Chromium, installed where possible)
	@bash tests/install_system_parts.sh
	$(PYTEST) -n 2 --dist worksteal -m "not deep" tests

check: .venv/.installed-dev ## lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/crm fmt --check config

deep: .venv/.installed-dev ## run the long laws, and the tests of pages on PostgreSQL
	$(PYTEST) -n 2 --dist worksteal -m deep tests

screenshots: .venv/.installed-dev ## leave pictures of every page in screenshots/, by width, language and theme
	CRM_TEST_SCREENSHOTS=screenshots $(PYTEST) -n 2 --dist worksteal -m deep tests/browser/test_sweep.py

matrix: .venv/.installed-dev ## ask every door of every person for every record, and look that a missing check is seen
	$(PYTEST) -n 2 --dist worksteal -m deep tests/security

parity: .venv/.installed-dev ## ask all engines of expressions the same 20,000 questions
	CRM_TEST_PARITY=20000 $(PYTEST) -n 2 --dist worksteal -m deep tests/deep/test_parity.py

laws: .venv/.installed-dev ## carry out 5,000 random edits, and look that nothing is lost
	$(BIN)/python -m tests.laws.run $(LAWS)

bench: .venv/.installed-dev ## measure speed beside its rivals
	$(BIN)/python -m tests.bench.run $(BENCH)

lock: .venv/.installed-dev ## renew requirements/*.lock from pyproject.toml
	$(COMPILE) --upgrade pyproject.toml --output-file requirements/core.lock
	$(COMPILE) --upgrade --group dev --constraint requirements/core.lock pyproject.toml --output-file requirements/dev.lock

fmt: .venv/.installed-dev ## format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove .venv, caches and built files; databases in var/ stay
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find app migrations seed tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# A file says what is installed; it is made anew when its list or the project's own metadata changes.
.venv/.installed-core: requirements/core.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes --requirement requirements/core.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements/dev.lock .venv/.installed-core
	$(PIP) --require-hashes --requirement requirements/dev.lock
	@touch $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Tenon needs Python 3.11 or newer (make PYTHON=/path/to/python)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
