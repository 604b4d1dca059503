# make serve and make test are all a new user needs; both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: serve test soak lint browser broker clean bench-accuracy bench-start bench-limits bench-cold bench-warm bench-server bench-scale bench-teach

serve: $(VENV)/.local
	@$(BIN)/python local_server.py

# Three workers on two cores: a quarter of a test's time it waits for a server, a browser or a clock.
WORKERS ?= $$($(BIN)/python -c "import os; cores = os.cpu_count() or 1; print(cores + cores // 2)")
test: $(VENV)/.dev $(VENV)/.cloud browser broker
	@CASTMARK_TEST_PYTHONS="$${CASTMARK_TEST_PYTHONS-$$(cat $(VENV)/.cloud)}" $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# What tests/hard does once in `make test`, so many times: kill -9 under load, mutated files, callers side by side.
SOAK ?= 40
soak: $(VENV)/.dev
	@SOAK=$(SOAK) $(BIN)/python -m pytest -n auto tests/hard

lint: $(VENV)/.dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

# Peers beside us in one run: more than 900 drawn pictures and the real ones by four readers take hours.
# For a part of it: OPTIONS="--quick --only us".
bench-accuracy: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.accuracy $(OPTIONS)

# A fresh process up to its first reading, beside RapidOCR.
bench-start: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.start $(OPTIONS)

# Functions in Lambda's own runtime client, from nothing and running, beside what a plain project would have.
bench-cold bench-warm: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.$(@:bench-%=%) $(OPTIONS)

# The local server beside Flask on gunicorn; and readings a second against CASTMARK_WORKERS.
bench-server bench-scale: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.$(@:bench-%=%) $(OPTIONS)

# Plants that nobody has seen, before and after they taught the reader: some minutes.
bench-teach: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.teaching $(OPTIONS)

# The worst pictures that are accepted: seconds and memory.
bench-limits: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.limits

# The page is tested in Debian's chromium, installed where this user may; elsewhere those tests skip and say so.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } \
	  || echo "chromium is not here and cannot be installed: the tests of the page will be skipped"

# MQTT is tested with Debian's mosquitto, in the same way.
broker:
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -qq -y --no-install-recommends mosquitto >/dev/null; } \
	  || echo "mosquitto is not here and cannot be installed: the tests of MQTT will be skipped"

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

# Functions in the cloud run on Python 3.13: where there is one besides .venv's own, they are tested on both. pyenv has
# every version under its name, and runs the one that PYENV_VERSION says. The file holds the interpreter, or nothing.
$(VENV)/.cloud: $(VENV)/.dev pyproject.toml constraints.txt
	@export PYENV_VERSION=3.13; \
	if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] == (3, 13))' \
	  && python3.13 -c 'import ensurepip' 2>/dev/null; then \
	  echo "Setting up $(VENV)/cloud for Python 3.13 (once) ..." \
	  && python3.13 -m venv $(VENV)/cloud && $(VENV)/cloud/bin/python -m pip --disable-pip-version-check --quiet \
	    install --constraint constraints.txt --editable '.[worker]' awslambdaric \
	  && echo "$(abspath $(VENV)/cloud/bin/python)" >$@; \
	else : >$@; fi

clean:
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The tools that check infra/template.yaml: cfn-lint, SAM's transform and moto. Their tests find them by INFRA_VENV.
INFRA_VENV ?= infra/.venv
export INFRA_VENV := $(abspath $(INFRA_VENV))

.PHONY: deploy smoke clean-infra

test: $(INFRA_VENV)/.ready

$(INFRA_VENV)/.ready: $(VENV)/.python infra/requirements.txt
	@echo "Setting up $(INFRA_VENV) (once) ..."
	@$(PYTHON) -m venv $(INFRA_VENV)
	@$(INFRA_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --requirement infra/requirements.txt
	@touch $@

# Asks for what it must know, and keeps the answers in infra/samconfig.toml.
deploy:
	@command -v sam >/dev/null || { echo "make deploy needs the AWS SAM CLI, and there is no 'sam' here: pip install aws-sam-cli"; exit 1; }
	@docker info >/dev/null 2>&1 \
	  || { echo "make deploy needs a running Docker: the two functions that read pictures are an image"; exit 1; }
	@cd infra && sam build && sam deploy --guided

# Tries out a server, wherever it is; CASTMARK_TOKEN has the operator token. Needs no .venv.
smoke:
	@test -n "$(URL)" || { echo "Say where: CASTMARK_TOKEN=... make smoke URL=https://..."; exit 2; }
	@$(PYTHON) infra/smoke.py "$(URL)" $(PICTURE)

clean: clean-infra
clean-infra:
	@rm -rf infra/.venv infra/.aws-sam infra/built
