# `make` lists the commands. Needs GNU make, bash, Python 3.11 or 3.12 and Node.js 20 or later; nothing else has to be
# installed, exported or activated.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Always uses the tools of the two lock files, and keeps Ape's data inside the repository.
ORIGINAL_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export APE_DATA_FOLDER := $(CURDIR)/.local/ape
export SOLCX_BINARY_PATH := $(CURDIR)/tools/toolchain
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV DJANGO_SETTINGS_MODULE

LOGS := .local/logs
PYTHON_FILES := scripts tools tests backend verifier

##@ Use it
.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## bring .venv and node_modules in line with the lock files (all that need it do this first)
	@PATH="$(ORIGINAL_PATH)" bash tools/toolchain/setup.sh

.PHONY: demo
demo: setup ## show a complaint's whole life on a real chain, through the API; leaves nothing running (PROVIDER=alchemy_free: docs/providers.md)
	@exec python -m tools.stack demo $(PROVIDER)

.PHONY: run
run: setup ## start the demo's system and keep it running (PORT=8000, ANVIL_PORT=8545); Ctrl-C stops it and keeps its data
	@exec python -m tools.stack run

.PHONY: manage
manage: setup ## run a backend command on the data of `make run`: make manage ARGS="write_retry 7 --by staff"
	@exec python -m tools.stack manage $(ARGS)

##@ Check it
.PHONY: test
test: setup ## run the suites of contract, verifier, pages and backend; the others also run if one fails
	@status=0; \
	$(MAKE) test-contract || status=1; \
	$(MAKE) test-verifier || status=1; \
	$(MAKE) test-page || status=1; \
	$(MAKE) test-backend || status=1; \
	for suite in contract verifier backend; do \
		printf '%-9s %s\n' "$$suite" "$$(grep -aE '^=+ .* in [0-9.]+s' $(LOGS)/test-$$suite.log | tail -n 1 || true)"; \
	done; \
	printf '%-9s %s\n' page "$$(grep -aE '^ℹ (pass|fail|skipped) ' $(LOGS)/test-page.log | xargs || true)"; \
	exit $$status

.PHONY: test-contract
test-contract: setup ## test the contract, its deployment and its toolchain on anvil
	@mkdir -p $(LOGS); ape test -n 2 2>&1 | tee $(LOGS)/test-contract.log

.PHONY: test-verifier
test-verifier: setup ## test the receipts' verifier on its corpus, on 5,000 mutants, and on anvil
	@mkdir -p $(LOGS); cd verifier && pytest -m "not long" 2>&1 | tee ../$(LOGS)/test-verifier.log

.PHONY: test-page
test-page: setup ## test the pages that verify receipts and file complaints, in Chromium (skipped in part without Chromium)
	@mkdir -p $(LOGS); bash tools/toolchain/page.sh test 2>&1 | tee $(LOGS)/test-page.log

.PHONY: test-backend
test-backend: setup ## test the backend on anvil and SQLite (tests that need MariaDB or Redis run if these are installed)
	@mkdir -p $(LOGS); cd backend && pytest -n 2 -m "not faults and not providers" 2>&1 | tee ../$(LOGS)/test-backend.log

.PHONY: test-mariadb
test-mariadb: setup ## run the backend's suite on a private MariaDB (needs the server installed)
	@cd backend && python -m tests.servers mariadb -- pytest -n 2 -m "not faults and not providers and not standalone" -q --ignore=tests/providers

.PHONY: lint
lint: setup ## check format, lint and types, and whether generated files are up to date
	@bash tools/toolchain/lint.sh

.PHONY: static
static: setup ## run slither and solhint on the contract (in their own environment, .venv-tools)
	@tools/assurance/static.sh

##@ Check it at length
.PHONY: gas
gas: setup ## measure the gas of each operation, beside its budget, the floor and EAS
	@ape test -q tests/gas

.PHONY: coverage
coverage: setup ## measure which lines and branches of the contract its suite reaches (5 minutes)
	@python -m tools.assurance.coverage

.PHONY: prove
prove: setup ## prove the contract's rules for all inputs by symbolic execution (5 to 20 minutes)
	@tools/assurance/prove.sh

.PHONY: prove-mutants
prove-mutants: setup ## check that each proof fails on contracts that break its rule (10 to 20 minutes; continues where it stopped)
	@python -m tools.assurance.proofs

.PHONY: mutation
mutation: setup ## check that the suite notices each single change of the contract (an hour; continues where it stopped)
	@python -m tools.assurance.mutation

.PHONY: faults
faults: setup ## test the relay and the indexer under every fault, on SQLite and MariaDB
	@cd backend && pytest -n 2 tests/faults && python -m tests.servers mariadb -- pytest -n 2 tests/faults

.PHONY: providers
providers: setup ## live long lives under each provider of docs/providers.md, give odd answers, take handling out (1 to 2 hours; EXAMPLES=500)
	@cd backend && EXAMPLES="$(EXAMPLES)" pytest -n 2 tests/providers && python -m tests.providers.mutants

.PHONY: test-operations
test-operations: setup ## run docs/operations.md on a fresh Debian with systemd (needs root; 8 minutes; RELEASE=trixie for Debian 13)
	@exec python -m tools.operations $(RELEASE)

.PHONY: receipts
receipts: setup ## test the receipts' verifier on 200,000 mutants, and measure it on 1,000 links (10 minutes)
	@cd verifier && pytest -m long -rP

.PHONY: schemathesis
schemathesis: setup ## send valid and invalid requests generated from docs/openapi.yaml to the server (SEED=1 EXAMPLES=3)
	@cd backend && SEED="$(SEED)" EXAMPLES="$(EXAMPLES)" pytest tests/openapi

.PHONY: bench
bench: setup ## run all benchmarks, most of them against a simple implementation
	@cd backend && python -m bench

##@ Change it
.PHONY: format
format: setup ## format the code and put imports in order
	ruff format $(PYTHON_FILES)
	ruff check --fix $(PYTHON_FILES)

.PHONY: page
page: setup ## build the pages verifier/verify.html, verify-online.html and file.html
	@bash tools/toolchain/page.sh build

.PHONY: abi
abi: setup ## write the contract's ABI to the backend
	ape run export_abi

.PHONY: release
release: setup ## write the files of a release to dist/: compiler input, npm package of the ABI, wheel (publishes nothing)
	@python -m tools.publication

.PHONY: openapi
openapi: setup ## write docs/openapi.yaml
	@bash tools/toolchain/openapi.sh docs/openapi.yaml

.PHONY: lock
lock: setup ## resolve the requirements*.in files again and write their lock files (needs a package index)
	@bash tools/toolchain/lock.sh

.PHONY: check-locks
check-locks: setup ## check that the locks can be installed on each supported Python and platform (needs a package index)
	@bash tools/toolchain/check_locks.sh

.PHONY: clean
clean: ## remove everything that can be rebuilt: environments, caches, builds and test logs; keeps the data of `make run`
	rm -rf .venv node_modules dist .build .mypy_cache .ruff_cache .pytest_cache .hypothesis backend/static
	rm -rf {backend,verifier}/{.mypy_cache,.pytest_cache,.hypothesis} contracts/.cache backend/tests/ipfs/node_modules verifier/page/node_modules tests/publication/typescript/node_modules
	@if [ -d .local ]; then find .local -mindepth 1 -maxdepth 1 ! -name run -exec rm -rf {} +; fi
	@find scripts tools tests backend verifier -name __pycache__ -type d -prune -exec rm -rf {} +
	@if [ -d .local/run ]; then echo 'The data of `make run` are kept; to remove them: rm -r .local/run'; fi
