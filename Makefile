# Everything a developer or a pipeline does, and nothing hidden elsewhere.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --only-binary=:all:
ONCE ?=
PORT ?=
export PYTHONUTF8 := 1

.PHONY: help setup demo test check fix bench isolation timing audit lock definitions clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed: apt-get install python3 (or make PYTHON=/path/to/python)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what fhirbridge needs into $(VENV) ..."
	@$(PIP) -r requirements.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing the tools of tests and checks ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.runtime ## Install into .venv, nothing else

demo: $(VENV)/.runtime ## A clinic, a laboratory and the server, with real jobs (ONCE=1: check itself and exit; PORT=)
	@$(BIN)/fhirbridge demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: $(VENV)/.tools ## Run every test
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: $(VENV)/.tools ## Lint, format, types, import contracts, dependencies, advisories, spelling, coverage floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/python tools/advisories.py
	@$(BIN)/codespell
	@$(BIN)/vulture
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal --cov --cov-report= $(PURE_TESTS)
	@$(BIN)/coverage report --include='$(PURE)' --fail-under=95 --skip-covered

PURE := fhirbridge/fhir/*,fhirbridge/terminology/*,fhirbridge/search/*,fhirbridge/mapping/*,fhirbridge/resources/*,fhirbridge/auth/*
PURE_TESTS := tests/fhir tests/terminology tests/search tests/mapping tests/mappings tests/resources tests/auth tests/conformance

fix: $(VENV)/.tools ## Let the tools mend what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.tools ## Measure against the server and the driver beneath; ratios to var/bench.json
	@$(BIN)/python -m bench

audit: $(BIN)/python ## (needs the internet) Ask the advisory database about every pinned dependency
	@$(BIN)/python tools/advisories.py --strict --patience 30

isolation: $(VENV)/.tools ## Switch off each protection of patients' data once; docs/isolation.md tells when it was noticed
	@$(BIN)/python tools/isolation.py

timing: $(VENV)/.tools ## (on a quiet machine) Test that the time of a refused read does not tell what is stored
	@$(BIN)/python tools/timing.py

definitions: $(VENV)/.tools ## (developers; needs npm) Derive R4's own definitions again
	@$(BIN)/python tools/definitions/derive.py

lock: $(BIN)/python ## (developers) Write requirements*.txt anew from pyproject.toml
	@tools/lock

clean: ## Remove what make made
	@rm -rf $(VENV) build dist *.egg-info
