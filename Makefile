# Everything that this project does, from a fresh Debian with python3 (3.11 or later), make and a network.
# Each target first makes the virtual environment ready for itself, and installs only what it needs.

PYTHON ?= python3
VENV ?= .venv
OUT ?= out/deed
STUDY ?= deed
TESTS ?= tests
PYTEST ?=
WORKERS ?= 2
# A file runs in one worker, so that its fixtures and kernels are made once.
BYFILE := --dist loadfile --no-loadscope-reorder
# Only files that hold long tests are read.
LONG = $(or $(shell grep -rl --include 'test_*.py' 'mark\.long' $(TESTS) 2>/dev/null | sort),$(TESTS))
SMALL ?=
CASES ?= 2000

BIN := $(VENV)/bin
READY := $(PYTHON) .ci/ready.py $(VENV)

.DEFAULT_GOAL := help
.PHONY: help run test test-long test-bayes fuzz killed replications evidence calibration lint types docs bench release clean check-python

help:
	@echo "make run     run the study '$(STUDY)', print its verdicts and write its dossier to $(OUT)/dossier.html"
	@echo "make test    run the tests (one file: make test TESTS=tests/test_draws.py; options: PYTEST='-k name')"
	@echo "make test-long run the tests of minutes: replications at full size, calibration of the estimators"
	@echo "make fuzz    damage study files, mappings, records, theories and networks at random (CASES=$(CASES))"
	@echo "make killed  kill commands at random moments, or fill their disk, and run them again (by hand: MOMENTS=100)"
	@echo "make test-bayes run the tests of the Bayesian fits (installs JAX and NumPyro)"
	@echo "make replications  run every replication of a published model; writes their pages, table and pictures"
	@echo "make evidence    make dossiers of the real records at hand (GROUNDSWELL_DATA), under out/evidence"
	@echo "make calibration measure how far every estimator can be trusted; writes the table of docs/calibration.md"
	@echo "make lint    check style and format (ruff)"
	@echo "make types   check types (pyright)"
	@echo "make docs    build the documentation, warnings being errors, to docs/_build/html"
	@echo "make bench   run the benchmarks (small sizes first: make bench SMALL=1)"
	@echo "make release build the wheel, try it on every Python at hand, and name the tag"
	@echo "make clean   remove what the targets made, except results under out/"
	@echo "Variables: PYTHON=$(PYTHON) VENV=$(VENV) STUDY=$(STUDY) OUT=$(OUT) WORKERS=$(WORKERS)"

check-python:
	@command -v $(PYTHON) >/dev/null || { echo "make: there is no $(PYTHON); on Debian: apt-get install python3 python3-venv" >&2; exit 2; }

run: check-python
	@$(READY) plots
	$(BIN)/python -m groundswell run $(STUDY) --out $(OUT)

test: check-python
	@$(READY) plots test
	$(BIN)/python -m pytest -n $(WORKERS) $(BYFILE) $(PYTEST) $(TESTS)

test-long: check-python
	@$(READY) plots test crates
	$(BIN)/python -m pytest -n $(WORKERS) $(BYFILE) -m long $(PYTEST) $(LONG)

fuzz: check-python
	@$(READY) plots
	$(BIN)/python tests/fuzz/fuzz.py --cases $(CASES) --jobs $(WORKERS)

killed: check-python
	@$(READY) plots
	$(BIN)/python tests/fuzz/killed.py $(if $(MOMENTS),--moments $(MOMENTS),--moments 4 --spare late)

test-bayes: check-python
	@$(READY) plots test bayes
	$(BIN)/python -m pytest $(PYTEST) tests/estimators/excitation/test_bayes.py

replications: check-python
	@$(READY) plots
	$(BIN)/python -m groundswell replicate --out out/replications --json out/replications/replications.json \
	  --markdown docs/replication_table.md --figures docs/images/theories

evidence: check-python
	@$(READY) plots
	$(BIN)/python replications/evidence.py

calibration: check-python
	@$(READY) plots
	$(BIN)/python benchmarks/calibration.py --out docs/calibration_table.md --json out/calibration.json

lint: check-python
	@$(READY) lint
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: check-python
	@$(READY) plots data types
	$(BIN)/python -m pyright

docs: check-python
	@$(READY) plots docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	$(BIN)/python -m groundswell export --html docs/_build/html/gallery
	@echo "docs/_build/html/index.html"

bench: check-python
	@$(READY) plots
	$(BIN)/python benchmarks/engine.py $(if $(SMALL),--small)
	$(BIN)/python benchmarks/sweeps.py $(if $(SMALL),--people 20000 --steps 5)
	$(BIN)/python benchmarks/population.py $(if $(SMALL),--people 100000)
	$(BIN)/python benchmarks/records.py $(if $(SMALL),--small)
	$(BIN)/python benchmarks/excitation.py $(if $(SMALL),--small)
	$(BIN)/python benchmarks/panel.py $(if $(SMALL),--small)
	$(BIN)/python benchmarks/grid.py $(if $(SMALL),--small)

release: check-python
	@.ci/release

clean:
	rm -rf $(VENV) docs/_build docs/generated .pytest_cache .ruff_cache .hypothesis build dist
	find src tests benchmarks examples docs -name __pycache__ -type d -prune -exec rm -rf {} +
