# `make` lists what there is. `PYTHON` names the Python (3.11 or later) that `.venv` is made with.

PYTHON ?= python3
ARGS ?=
JOBS ?= 2
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check deep fuzz faults bench docs pictures sbom audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv, and try again what could not be installed before
	@$(PYTHON) .ci/setup.py --retry

run: ## set up, then evaluate the suite `quick` (more words of the command: ARGS="...")
	@$(PYTHON) .ci/setup.py
	@$(BIN)/evalsuite run quick $(ARGS)

test: ## set up, then all checks and tests
	@$(PYTHON) .ci/setup.py --dev
	@$(MAKE) --no-print-directory check
	$(BIN)/pytest -m "not engine" -n $(JOBS) --dist loadfile
	$(BIN)/pytest -m engine

check: ## the checks that take seconds: format, lint, types, layers, secrets
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/leaks.py

deep: ## the tests that compare deciders, change proofs or cross engines, on all their cases
	@$(PYTHON) .ci/setup.py --dev
	EVALSUITE_DEEP=1 $(BIN)/pytest tests/logic/test_agreement.py tests/logic/test_mutations.py -s
	EVALSUITE_DEEP=1 $(BIN)/pytest tests/test_vllm.py tests/test_datasets_engine.py \
		tests/test_ray.py tests/test_architectures.py tests/test_models.py

faults: ## kill, starve and damage runs as docs/reliability.md has it (half an hour; ARGS="...")
	@$(PYTHON) .ci/setup.py --dev
	$(BIN)/python bench/faults.py $(ARGS)

sbom: ## write build/sbom.cdx.json, a CycloneDX bill of materials of .venv
	@$(PYTHON) .ci/setup.py
	@$(PYTHON) .ci/supply.py sbom

audit: ## ask for known vulnerabilities of what is installed, where an index tells of any
	@$(PYTHON) .ci/setup.py
	@$(PYTHON) .ci/supply.py audit

fuzz: ## ten minutes of text for every reader
	@$(PYTHON) .ci/setup.py --dev
	EVALSUITE_FUZZ=600 $(BIN)/pytest tests/logic/test_fuzz.py

bench: ## set up, then every speed measurement under bench/
	@$(PYTHON) .ci/setup.py --dev
	@set -e; for script in $(filter-out bench/faults.py,$(wildcard bench/*.py)); do echo "== $$script"; $(BIN)/python "$$script"; done

docs: ## write the pages that are generated: docs/commands.md and docs/families.md
	$(BIN)/python -m typer evalsuite.cli utils docs --name evalsuite --title Commands \
		--output docs/commands.md
	$(BIN)/evalsuite tasks cards > docs/families.md

pictures: ## take the README's pictures out of the report of stored runs (ARGS="RUN...")
	$(BIN)/python .ci/pictures.py docs/pictures $(ARGS)

clean: ## remove .venv, caches and builds; results stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find evalsuite tests bench .ci -name __pycache__ -type d -prune -exec rm -rf {} +
