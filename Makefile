# `make` lists what there is. Needs GNU make, bash, Python 3.11 or 3.12 and Node.js 20; nothing else has to be installed,
# exported or activated.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The tools of the two lock files, whatever the shell has; Ape's data stay inside the repository.
ORIGINAL_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export APE_DATA_FOLDER := $(CURDIR)/.local/ape
export SOLCX_BINARY_PATH := $(CURDIR)/tools/toolchain
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV DJANGO_SETTINGS_MODULE

LOGS := .local/logs
PYTHON_FILES := scripts tools tests backend

##@ Use it
.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## bring .venv and node_modules up to the lock files (all other targets do this first)
	@PATH="$(ORIGINAL_PATH)" bash tools/toolchain/setup.sh

.PHONY: demo
demo: setup ## show a complaint's whole life on a real chain, through the API; leaves nothing running
	@exec python -m tools.stack demo

.PHONY: run
run: setup ## start the same system and keep it running (PORT=8000, ANVIL_PORT=8545); Ctrl-C stops it and keeps its data
	@exec python -m tools.stack run

.PHONY: manage
manage: setup ## run a backend command on the data of `make run`: make manage ARGS="write_retry 7 --by staff"
	@exec python -m tools.stack manage $(ARGS)

##@ Check it
.PHONY: test
test: setup ## run both suites; the second also runs if the first fails
	@status=0; \
	$(MAKE) test-contract || status=1; \
	$(MAKE) test-backend || status=1; \
	for suite in contract backend; do \
		printf '%-9s %s\n' "$$suite" "$$(grep -aE '^=+ .* in [0-9.]+s' $(LOGS)/test-$$suite.log | tail -n 1 || true)"; \
	done; \
	exit $$status

.PHONY: test-contract
test-contract: setup ## test the contract, its deployment and its toolchain on anvil
	@mkdir -p $(LOGS); ape test -n 2 2>&1 | tee $(LOGS)/test-contract.log

.PHONY: test-backend
test-backend: setup ## test the backend on anvil and SQLite (tests that need MariaDB or Redis run where these are installed)
	@mkdir -p $(LOGS); cd backend && pytest -m "not faults" 2>&1 | tee ../$(LOGS)/test-backend.log

.PHONY: test-mariadb
test-mariadb: setup ## run the backend's suite on a private MariaDB (needs the server installed)
	@cd backend && python -m tests.servers mariadb -- pytest -m "not faults and not standalone" -q

.PHONY: lint
lint: setup ## check format, lint and types, and whether generated files are up to date
	@bash tools/toolchain/lint.sh

.PHONY: static
static: setup ## run slither and solhint on the contract (in their own environment, .venv-tools)
	@tools/assurance/static.sh

##@ Check it at length
.PHONY: gas
gas: setup ## measure what each operation costs, beside its budget, the floor and EAS
	@ape test -q tests/gas

.PHONY: coverage
coverage: setup ## measure which lines and branches of the contract its suite reaches (2 minutes)
	@python -m tools.assurance.coverage

.PHONY: prove
prove: setup ## prove the contract's rules for all inputs by symbolic execution (3 to 10 minutes)
	@tools/assurance/prove.sh

.PHONY: prove-mutants
prove-mutants: setup ## check that each proof fails on contracts that break its rule (10 to 20 minutes; resumes where it stopped)
	@python -m tools.assurance.proofs

.PHONY: mutation
mutation: setup ## check that the suite notices every single mistake in the contract (an hour; continues where it was stopped)
	@python -m tools.assurance.mutation

.PHONY: faults
faults: setup ## test the relay and the indexer under every fault, on SQLite and MariaDB
	@cd backend && pytest tests/faults && python -m tests.servers mariadb -- pytest tests/faults

.PHONY: test-operations
test-operations: setup ## run docs/operations.md on a fresh Debian with systemd (root; 8 minutes; RELEASE=trixie for another one)
	@exec python -m tools.operations $(RELEASE)

.PHONY: schemathesis
schemathesis: setup ## send requests made of docs/openapi.yaml, good and bad, to the server (SEED=1 EXAMPLES=3)
	@cd backend && SEED="$(SEED)" EXAMPLES="$(EXAMPLES)" pytest tests/openapi

.PHONY: bench
bench: setup ## benchmark requests, writer, indexer and lag, each against the plain way
	@cd backend && python -m bench

##@ Change it
.PHONY: format
format: setup ## format the code and put imports in order
	ruff format $(PYTHON_FILES)
	ruff check --fix $(PYTHON_FILES)

.PHONY: abi
abi: setup ## write the contract's ABI to the backend
	ape run export_abi

.PHONY: openapi
openapi: setup ## write docs/openapi.yaml
	@bash tools/toolchain/openapi.sh docs/openapi.yaml

.PHONY: lock
lock: setup ## resolve the requirements*.in files into their lock files again (needs a package index)
	@bash tools/toolchain/lock.sh

.PHONY: check-locks
check-locks: setup ## check that the locks can be installed on each promised Python and platform (needs a package index)
	@bash tools/toolchain/check_locks.sh

.PHONY: clean
clean: ## remove everything that can be rebuilt: environments, caches, builds and test logs; keeps the data of `make run`
	rm -rf .venv node_modules .build .mypy_cache .ruff_cache .pytest_cache .hypothesis backend/static
	rm -rf backend/.mypy_cache backend/.pytest_cache backend/.hypothesis contracts/.cache backend/tests/ipfs/node_modules
	@if [ -d .local ]; then find .local -mindepth 1 -maxdepth 1 ! -name run -exec rm -rf {} +; fi
	@find scripts tools tests backend -name __pycache__ -type d -prune -exec rm -rf {} +
	@if [ -d .local/run ]; then echo 'The data of `make run` are kept; to remove them: rm -r .local/run'; fi
