# Two commands on a bare machine with Python >= 3.11 do everything: make run, make test.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -c constraints.txt
GENERATED ?= generated
OUT ?= out/ttbar

FUZZ_SECONDS ?= 1800
.PHONY: help run analyses test check docs bench fuzz clean
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/run.stamp: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "hepline needs Python >= 3.11: say make PYTHON=/path/to/python3"; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[generate]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(PIP) -e '.[generate,dev]'
	@touch $@

run: $(VENV)/run.stamp  ## generate events, measure the ttbar cross-section, write the report
	$(BIN)/hepline generate analyses/ttbar_samples.json --out $(GENERATED)
	$(BIN)/hepline run analyses/ttbar.py --samples $(GENERATED)/samples.json --out $(OUT)

ANALYSES := htautau zprime fourleptons
analyses: $(VENV)/run.stamp  ## generate events for three more analyses, and run them into out/NAME
	@for name in $(ANALYSES); do \
		$(BIN)/hepline generate analyses/$${name}_samples.json --out $(GENERATED)/$$name && \
		$(BIN)/hepline run analyses/$$name.py --samples $(GENERATED)/$$name/samples.json --out out/$$name || exit 1; \
	done

test: $(VENV)/dev.stamp  ## run the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

fuzz: $(VENV)/dev.stamp  ## damage files, make up graphs and programs for FUZZ_SECONDS each, from a new seed
	HEPLINE_FUZZ_SECONDS=$(FUZZ_SECONDS) HEPLINE_FUZZ_SEED=$$(date +%s) \
		$(BIN)/python -m pytest -n 2 tests/data/test_fuzz.py tests/engine/compiled/test_graphs.py tests/engine/test_programs.py

check: $(VENV)/dev.stamp  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/dev.stamp  ## run the code in docs/ and refresh what it prints
	$(BIN)/python docs/execute.py docs/conventions.md docs/figures.md docs/how-it-works.md docs/looking.md docs/preflight.md docs/samples.md docs/statistics.md docs/timeseries.md

bench: $(VENV)/dev.stamp  ## time the ADL queries on generated events
	@test -f $(GENERATED)/bench.root || $(BIN)/hepline generate ttbar --events 10000 --seed 1 --out $(GENERATED)/bench.root
	$(BIN)/python bench/adl.py $(GENERATED)/bench.root

clean:  ## remove what make has made, but not generated events
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache
