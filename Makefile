# `make serve` is all that a new user needs. What is made has its sentence behind ##, which `make help` shows.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Hundreds of processes of the tests import the same modules: what is compiled is kept, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help serve test test-fast coverage soak lint wheel sbom image release-notes browser broker clean bench-accuracy bench-tuning bench-start bench-limits bench-cold bench-warm bench-server bench-scale bench-promise bench-teach

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z][a-z -]*:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.local ## A server of all APIs and the page; sets up .venv first
	@$(BIN)/python local_server.py

# Twice as many workers as cores: nearly half of its time a test waits for a server, a browser or a clock.
WORKERS ?= $$($(BIN)/python -c "import os; print(2 * (os.cpu_count() or 1))")
test: $(VENV)/.dev $(VENV)/.cloud browser broker ## All tests
	@CASTMARK_TEST_PYTHONS="$${CASTMARK_TEST_PYTHONS-$$(cat $(VENV)/.cloud)}" $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Without what tests/kinds.py marks: no process besides, no database server, no browser, no cloud, no reading.
FAST = not parts and not browser and not cloud and not models and not hard
test-fast: $(VENV)/.dev ## The tests of plain functions, in less than a minute
	@$(BIN)/python -m pytest -n auto -m "$(FAST)"

# Branches of handlers/ that the tests take, those in servers and functions as well. The floor is never lowered.
coverage: $(VENV)/.dev browser broker ## All tests again, and which branches they take
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest -n $(WORKERS) --dist worksteal
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

# What is tried once in `make test`, so many times: kill -9 under load, mutated files, a database that goes, 64 clients,
# what the documentation allows. What came of it last: SECURITY.md.
SOAK ?= 50
soak: $(VENV)/.dev ## What breaks things, SOAK=50 times as long as in `make test`
	@SOAK=$(SOAK) $(BIN)/python -m pytest -n auto tests/hard tests/test_openapi.py

lint: $(VENV)/.dev ## ruff and mypy
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

# Peers beside us in one run: more than 900 drawn pictures and the real ones by four readers take hours.
# For a part of it: OPTIONS="--quick --only us".
bench-accuracy: $(VENV)/.dev ## The share of right and wrong answers, beside other readers
	@$(BIN)/python -m benchmarks.accuracy $(OPTIONS)

# A number, or a value of one: OPTIONS="compose.SHOWN look.BORDER=0". All of them take hours.
bench-tuning: $(VENV)/.dev ## What a step of each tuned number of the reader costs
	@$(BIN)/python -m benchmarks.accuracy.tuning $(OPTIONS)

# A fresh process up to its first reading, beside RapidOCR.
bench-start: $(VENV)/.dev ## A fresh process up to its first reading
	@$(BIN)/python -m benchmarks.start $(OPTIONS)

# Functions in Lambda's own runtime client, from nothing and running, beside what a plain project would have.
bench-cold bench-warm: $(VENV)/.dev ## Functions in Lambda's runtime client
	@$(BIN)/python -m benchmarks.$(@:bench-%=%) $(OPTIONS)

# The local server beside Flask on gunicorn; and readings a second against CASTMARK_WORKERS.
bench-server bench-scale: $(VENV)/.dev ## The local server's requests and readings a second
	@$(BIN)/python -m benchmarks.$(@:bench-%=%) $(OPTIONS)

# A thousand made-up plants: is the promise kept, how much is accepted, when is a drift told. Ten minutes.
bench-promise: $(VENV)/.dev ## Made-up plants: is the promise kept, how much is accepted
	@$(BIN)/python -m benchmarks.promise $(OPTIONS)

# Plants that nobody has seen, before and after they taught the reader: some minutes.
bench-teach: $(VENV)/.dev ## Plants that nobody has seen, before and after they taught the reader
	@$(BIN)/python -m benchmarks.teaching $(OPTIONS)

# The worst pictures that are accepted: seconds and memory.
bench-limits: $(VENV)/.dev ## The worst pictures that are accepted
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
	@$(PIP) install --constraint constraints.txt --editable .
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
	  && python3.13 -m venv $(VENV)/cloud && $(BIN)/python infra/build.py requirements worker >$(VENV)/cloud/worker.txt \
	  && $(VENV)/cloud/bin/python -m pip --disable-pip-version-check --quiet \
	    install --constraint constraints.txt --requirement $(VENV)/cloud/worker.txt awslambdaric setuptools \
	  && $(VENV)/cloud/bin/python -m pip --disable-pip-version-check --quiet \
	    install --no-deps --no-build-isolation --editable . \
	  && echo "$(abspath $(VENV)/cloud/bin/python)" >$@; \
	else : >$@; fi

wheel: $(VENV)/.dev ## dist/castmark-*.whl
	@rm -rf build/lib build/bdist.* && mkdir -p dist
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

# What a server is made of, as CycloneDX says it: read from an environment that has the wheel and nothing else.
sbom: wheel ## dist/castmark.cdx.json: all that is shipped with a server
	@rm -rf build/shipped build/cyclonedx
	@$(PYTHON) -m venv build/shipped && $(PYTHON) -m venv build/cyclonedx
	@build/shipped/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt "$$(ls -t dist/*.whl | head -1)[local]"
	@build/cyclonedx/bin/python -m pip --disable-pip-version-check --quiet install cyclonedx-bom==7.5.0
	@build/cyclonedx/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file dist/castmark.cdx.json build/shipped/bin/python

image: ## The container, as castmark
	@docker build --tag castmark .

release-notes: $(VENV)/.dev ## build/notes.md: what CHANGELOG.md says of TAG=v...
	@$(BIN)/python -m docs.write_release_notes "$(TAG)"

clean: ## Take away what make made
	@rm -rf $(VENV) build dist .coverage* *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

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
deploy: ## Castmark into an AWS account
	@command -v sam >/dev/null || { echo "make deploy needs the AWS SAM CLI, and there is no 'sam' here: pip install aws-sam-cli"; exit 1; }
	@docker info >/dev/null 2>&1 \
	  || { echo "make deploy needs a running Docker: the two functions that read pictures are an image"; exit 1; }
	@cd infra && sam build && sam deploy --guided

# Tries out a server, wherever it is; CASTMARK_TOKEN has the operator token. Needs no .venv.
smoke: ## Try out a server: URL=https://...
	@test -n "$(URL)" || { echo "Say where: CASTMARK_TOKEN=... make smoke URL=https://..."; exit 2; }
	@$(PYTHON) infra/smoke.py "$(URL)" $(PICTURE)

clean: clean-infra
clean-infra:
	@rm -rf infra/.venv infra/.aws-sam infra/built
