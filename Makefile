# Renkei Gateway. `make demo` and `make test` set up whatever is missing on a bare Debian 12 or 13 by themselves.

PYTHON ?= python3
BIN := .venv/bin
ONCE ?=

.PHONY: setup setup-test demo test lint bench fuzz torture clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup:  ## packages (apt: root or sudo), .venv, the renkei command
	@PYTHON=$(PYTHON) .ci/setup run

setup-test:
	@PYTHON=$(PYTHON) .ci/setup test

demo: setup  ## the main job on this machine: practice hub, all services, made-up patients; ONCE=1 ends by itself
	@$(BIN)/python -m provisioning.lab.demo $(if $(ONCE),--once)

lint: setup-test  ## ruff, mypy --strict, the layers of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: lint  ## everything, long targets in their bounded form
	@$(BIN)/pytest -n 3 --dist loadfile

bench: setup-test  ## ratios against baselines measured in the same run
	@$(BIN)/python -m tests.bench

fuzz: setup-test  ## every parser by coverage, FUZZ_SECONDS each (600), FUZZ_JOBS at a time; then each sample cut at every byte
	@$(BIN)/python -m tests.fuzz
	@RENKEI_EVERY_BYTE=1 $(BIN)/pytest tests/formats/test_truncation.py

torture: setup-test  ## 2,000 kills at random points of intake and delivery, 200 power cuts that drop or tear unsynced writes
	@RENKEI_KILLS=400 RENKEI_LIVES=1600 RENKEI_CUTS=200 $(BIN)/pytest -s tests/torture

clean:  ## what can be made again
	rm -rf .venv .demo .build
