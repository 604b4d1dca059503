# make serve and make test are all a new user needs; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: serve test lint browser clean bench-hubs

serve: $(VENV)/.local
	@$(BIN)/python local_server.py

test: $(VENV)/.dev browser
	@$(BIN)/python -m pytest -n auto

lint: $(VENV)/.dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

# Peers beside us in one run.
bench-hubs: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.hubs

# The page is tested in Debian's chromium, installed where this user may; elsewhere those tests skip and say so.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } \
	  || echo "chromium is not here and cannot be installed: the tests of the page will be skipped"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Castmark needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.13"; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Whoever has the development set has the local one: .dev satisfies .local too.
$(VENV)/.local: $(VENV)/.python pyproject.toml constraints.txt
	@$(PIP) install --constraint constraints.txt --editable '.[local]'
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.local

clean:
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
