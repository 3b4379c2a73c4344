# Everything runs in a virtual environment of its own, made by `python3 -m venv`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
export PATH := $(PATH):/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench benchmark faults pitfalls soak fuzz mutations evidence gallery clean dovecot

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Oopsee needs Python 3.11 or newer: install it, or name one with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing: 'apt-get install python3-venv' brings it." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	@echo "Installing Oopsee into $(VENV) ..."
	@$(PIP) install --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	@echo "Installing Oopsee and its tools into $(VENV) ..."
	@$(PIP) install --editable '.[demo,dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## the whole thing on a sample mailbox, in a minute or so
	@$(BIN)/oopsee demo

dovecot:
	@sh tests/need_dovecot.sh

test: $(VENV)/.dev dovecot ## all tests; installs Dovecot for them when it is missing
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/.dev ## ruff, mypy and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev dovecot ## times, rates and memory on a real Dovecot
	@$(BIN)/python -m tests.benchmarks.bench
	@$(BIN)/python -m tests.benchmarks.trips

faults: $(VENV)/.dev dovecot ## every kind of fault on a real server, and the table of docs/reliability.md
	@$(BIN)/python -m tests.faults $(ARGS)

$(VENV)/.fuzz: $(VENV)/.dev
	@$(PIP) install --editable '.[fuzz]'
	@touch $@

fuzz: $(VENV)/.fuzz ## looks for mail that breaks the parser: make fuzz [SECONDS=300]
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),300)

mutations: $(VENV)/.dev ## 200,000 mails made wrong: each must be read, in time
	@$(BIN)/python -m tests.fuzz.mutate $(ARGS)

pitfalls: $(VENV)/.dev dovecot ## takes each remedy against a known pitfall away: its test must fail then
	@$(BIN)/python -m tests.pitfalls $(ARGS)

soak: $(VENV)/.dev dovecot ## half an hour of mail and faults for one daemon: make soak [MINUTES=30]
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

evidence: $(VENV)/.dev ## how much is recognised of what later mail shows, and the table of docs/evidence.md
	@$(BIN)/python -m tests.evidence_table $(ARGS)

gallery: $(VENV)/.dev ## writes docs/gallery: what Oopsee writes about three messages in six languages
	@$(BIN)/python -m tests.gallery

benchmark: ## how well mistakes are found: make benchmark CORPUS=path [ARGS="--seed 1"]
	@if [ -z "$(CORPUS)" ]; then \
	  echo "Which corpus? 'make benchmark CORPUS=path' wants JSON Lines, an mbox, a Maildir or a folder of them." >&2; \
	  exit 2; \
	fi
	@$(MAKE) --no-print-directory $(VENV)/.dev
	@$(BIN)/python -m training.benchmark "$(CORPUS)" $(ARGS)

clean: ## removes everything that make made
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .fuzz .benchmark .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
