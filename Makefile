# make: what it can do. Everything is installed into .venv; only Python 3.11, 3.12 or 3.13 must be there.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 2
SOURCES ?= ../shared/sources
PARALLEL ?= -n auto --dist worksteal
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export PORT HOST WORKERS
.DEFAULT_GOAL := help

.PHONY: help run dev test test-fast test-postgres test-deep fuzz cov mutants check audit sbom types clients bench fix hooks schema cluster cluster-test chaos load recovery-test verify lock clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/made:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit(f"Python 3.11, 3.12 or 3.13 is needed, this is {v[0]}.{v[1]}; name another: make PYTHON=python3.11 …")'
	@echo "Environment: making .venv …"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run: .venv/made requirements.txt
	@echo "Packages: installing what it runs on …"
	@$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@echo "Packages: installing what its developers need …"
	@$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@

run: .venv/run ## set everything up and serve it on PORT (8000)
	@exec $(BIN)/python manage.py serve --prepare

dev: .venv/dev ## serve with reloading and debug pages
	@DEBUG=1 $(BIN)/python manage.py prepare
	@DEBUG=1 $(BIN)/python manage.py runserver $(HOST):$(PORT)

test: .venv/dev ## run the tests (on DATABASE_URL; SQLite unless set)
	@$(BIN)/pytest $(PARALLEL) $(ARGS)

test-fast: .venv/dev ## run the tests of the inner loop: no browser, no shipped data, nothing slow
	@$(BIN)/pytest $(PARALLEL) -m "not browser and not shipped and not slow" $(ARGS)

test-deep: .venv/dev ## run the property tests on many random examples
	@HYPOTHESIS_PROFILE=deep $(BIN)/pytest $(PARALLEL) -m hypothesis $(ARGS)

test-postgres: .venv/dev ## run the same tests on PostgreSQL (POSTGRES_URL)
	@DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest $(PARALLEL) $(ARGS)

fuzz: export DATABASE_URL := $(if $(POSTGRES),$(dir $(POSTGRES_URL))kb_fuzz,sqlite:///var/fuzz.sqlite3)
fuzz: .venv/dev ## send what schemathesis makes of openapi.yaml to a server of its own (POSTGRES=1: on PostgreSQL; ARGS="--max-examples 1000" for a long run)
	@mkdir -p var
	@if [ -n "$(POSTGRES)" ]; then $(BIN)/python -c 'import psycopg, sys; c = psycopg.connect(sys.argv[1], autocommit=True); c.execute("DROP DATABASE IF EXISTS kb_fuzz WITH (FORCE)"); c.execute("CREATE DATABASE kb_fuzz")' $(POSTGRES_URL); else rm -f var/fuzz.sqlite3*; fi
	@$(BIN)/python -m tests.security.fuzz $(or $(ARGS),--max-examples 100)

cov: .venv/dev ## run the tests and print which lines and branches they do not reach
	@$(BIN)/pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered $(ARGS)

mutants: .venv/dev ## change the rules of reasoning and editorial one by one and see whether a test notices (hours; ARGS="kb.reasoning.paths*")
	@$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

types: .venv/dev ## check the types of the packages that decide what is true
	@$(BIN)/mypy

check: .venv/dev ## lint, import rules, types, Django's checks, migrations and openapi.yaml up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml kb treatments symptoms deploy clients manage.py
	@$(BIN)/lint-imports --no-logo 2>&1
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@HTTPS=1 $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory var/openapi.yaml
	@diff -u openapi.yaml var/openapi.yaml || { echo "openapi.yaml is not what the code does: run make schema"; exit 1; }
	@echo "Everything is in order."

# 0: no advisory is known of what is pinned; 1: some are; 2: not known, since no advisory service could be asked.
audit: .venv/dev ## ask for known vulnerabilities of the pinned packages; where nobody can be asked, it says so and fails
	@$(BIN)/python deploy/audit.py requirements.txt requirements-dev.txt requirements-documents.txt requirements-tables.txt

sbom: .venv/dev ## write what a release of the program consists of: var/sbom.cdx.json (CycloneDX)
	@mkdir -p var
	@$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.cdx.json
	@echo "var/sbom.cdx.json"

.venv/tables: .venv/run requirements-tables.txt
	@echo "Packages: installing what writes Parquet …"
	@$(BIN)/pip install --quiet -r requirements-tables.txt
	@touch $@

clients/%/.venv/made: clients/%/requirements.txt .venv/made
	@echo "Packages: installing what clients/$* needs …"
	@$(BIN)/python -m venv --clear clients/$*/.venv
	@clients/$*/.venv/bin/pip install --quiet -r $<
	@touch $@

clients: .venv/tables clients/python/.venv/made clients/research/.venv/made clients/mcp/.venv/made ## make both clients from openapi.yaml and let them ask, and the official client of MCP (ARGS=--write: write what they print into the pages)
	@$(BIN)/python clients/run.py $(ARGS)

benchmarks/.venv/made: benchmarks/requirements.txt requirements.txt .venv/made
	@echo "Packages: installing what the benchmark needs …"
	@$(BIN)/python -m venv --clear benchmarks/.venv
	@benchmarks/.venv/bin/pip install --quiet -r $<
	@touch $@

bench: benchmarks/.venv/made ## compare speed with peers and at several SIZES (QUICK=1: small and short; ARGS=--write: write docs/performance.md)
	@POSTGRES_URL=$(POSTGRES_URL) benchmarks/.venv/bin/python -m benchmarks $(if $(QUICK),--quick) $(if $(SIZES),--sizes $(SIZES)) $(ARGS)

fix: .venv/dev ## mend what can be mended by a tool
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

hooks: .venv/dev ## let git run quick checks before each commit (.pre-commit-config.yaml)
	@$(BIN)/pre-commit install

schema: var/openapi.yaml ## write openapi.yaml, its examples from the shipped data
	@cp var/openapi.yaml openapi.yaml

.PHONY: var/openapi.yaml
var/openapi.yaml: export DATABASE_URL = sqlite:///var/schema.sqlite3
var/openapi.yaml: .venv/dev
	@mkdir -p var && rm -f var/schema.sqlite3*
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_knowledge
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $@

cluster: export BASE_PORT ?= 8800
cluster: .venv/run ## start what deploy/compose.yaml describes as processes on loopback, on seven ports from BASE_PORT (8800) on
	@$(BIN)/python deploy/cluster.py

cluster-test: export BASE_PORT ?= 8800
cluster-test: .venv/run ## load the cluster, publish an edit, kill a web process and a replica; no read may fail
	@$(BIN)/python deploy/cluster_test.py

chaos: .venv/run ## provoke faults while clients read and write; nothing acknowledged may be lost (QUICK=1: a few, in a minute)
	@$(BIN)/python deploy/chaos.py

load: .venv/run ## read and edit for LOAD_SECONDS (120), with idle and slow clients, and over the limit
	@$(BIN)/python deploy/load_test.py

recovery-test: .venv/run ## recover a PostgreSQL server of its own to the moment before a mistake
	@$(BIN)/python deploy/recovery_test.py

verify: .venv/run ## check every citation against the texts in SOURCES
	@$(BIN)/python manage.py verify_citations --sources $(SOURCES)

lock: .venv/dev ## pin the packages of the .in files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements.txt requirements.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements-dev.txt requirements-dev.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements-documents.txt requirements-documents.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements-tables.txt requirements-tables.in
	@for made in clients/python clients/research clients/mcp benchmarks; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
		-o $$made/requirements.txt $$made/requirements.in; done

clean: ## remove what was installed and built; the database stays
	rm -rf .venv var/static .pytest_cache .ruff_cache clients/*/.venv benchmarks/.venv clients/python/bone_pain_kb clients/typescript/node_modules clients/typescript/generated
