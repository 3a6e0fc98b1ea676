# Two commands for everybody: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE_STAMP := node_modules/.installed
JOBS ?= auto

.PHONY: help demo test check docs bench lock clean system

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml requirements/dev.txt
	@bash scripts/system-packages
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(NODE_STAMP): package.json package-lock.json
	npm ci --silent
	@touch $@

setup: $(STAMP) ## the environment in .venv, from the locked requirements

demo: $(STAMP) ## the main job on a synthetic log, or on yours: make demo LOG=file
	@$(BIN)/polku demo $(if $(LOG),--log "$(LOG)",) --out demo

test: $(STAMP) $(NODE_STAMP) ## all tests
	$(BIN)/pytest -n $(JOBS)

check: $(STAMP) ## style, types, import direction, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_house.py tests/test_docs.py

docs: $(STAMP) ## write the generated pages anew
	$(BIN)/python scripts/write_reference.py

bench: $(STAMP) ## measure speed and memory against the named peers (takes a while)
	$(BIN)/python bench/speed.py

lock: ## compile requirements/*.txt anew, with hashes and without index addresses
	bash scripts/lock

clean: ## remove what was made
	rm -rf $(VENV) node_modules demo bench/out .pytest_cache .mypy_cache .ruff_cache
