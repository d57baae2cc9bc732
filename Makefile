# Everything that a developer types. `make help` lists it.

# Trust what the system trusts: companies have certificate authorities of their own.
export UV_SYSTEM_CERTS = 1
export UV_PYTHON_DOWNLOADS ?= never
export PY
# Each command and most tests start processes; without its bytecode each of them would compile Django anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON = .venv/bin/python
ABONO = $(PYTHON) -m abono
WORKERS = -n auto # tests/workers.py; WORKERS= for one process

SOURCES = abono bench examples tests tools
BUILT_FROM := $(shell find abono -path '*/static/*' -type f 2>/dev/null) \
	$(wildcard abono/locale/*/LC_MESSAGES/*.po) $(wildcard abono/entrypoints/site/fonts.py)

.DEFAULT_GOAL = help
.PHONY: help setup dev demo story test check nightly fmt bench simulate rules mutants messages package release lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.run .venv/.built ## Install what running needs, compile messages, collect static files
	@echo "Ready: make demo"

dev: .venv/.dev .venv/.built

demo: .venv/.run .venv/.built ## Start everything with a small world in it, and print where
	@$(ABONO) demo $(ARGS)

story: .venv/.run .venv/.built ## Live the whole story on a throw-away database; the last line is JSON
	@$(ABONO) story $(ARGS)

test: dev ## Run the tests (ARGS='tests/unit -k money' for some of them)
	@$(PYTHON) -m pytest $(WORKERS) $(ARGS)

check: dev ## All that CI runs, side by side: format, lint, types, imports, migrations, messages, tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going \
	  check-types check-style check-imports check-migrations check-messages check-tests

nightly: dev ## What takes too long for each change: many stories, fonts cut anew, the tests at eight other moments
	@sh tools/nightly

check-tests:
	@$(PYTHON) -m pytest $(WORKERS) $(ARGS)

check-style:
	@$(PYTHON) -m ruff format --check $(SOURCES)
	@$(PYTHON) -m ruff check $(SOURCES)

check-types: # CI keeps nothing for the next time
	@$(PYTHON) -m mypy $(if $(CI),--no-incremental)

check-imports:
	@.venv/bin/lint-imports --no-logo

check-migrations:
	@$(ABONO) makemigrations --check --dry-run

check-messages:
	@$(PYTHON) -m tools.check_messages

fmt: dev ## Format the code and repair what the linter can repair
	@$(PYTHON) -m ruff check --fix --quiet $(SOURCES) || true
	@$(PYTHON) -m ruff format $(SOURCES)

bench: dev ## Measure events per second (QUICK=1: a few minutes; AGAINST=path: in turns with another checkout); the last line is JSON
	@$(PYTHON) -m bench$(if $(AGAINST),.paired $(AGAINST)) $(ARGS)

simulate: dev ## Live stories at random beside an obvious model (ARGS='--seeds 10000'); the last line is JSON
	@$(PYTHON) -m tests.simulation $(ARGS)

rules: dev ## For each rule of docs/rules.md: whole or the missing parts, count of tests, one test
	@$(PYTHON) -m tools.rules

mutants: dev ## Put known faults in, one at a time, and see whether a test notices (ARGS='-k raise')
	@$(PYTHON) -m tools.mutants $(ARGS)

messages: dev ## Bring new texts into the catalogs of es and pt_BR (needs gettext)
	@$(PYTHON) -m tools.messages

package: .venv/.run ## Build the source archive and the wheel into dist/, complete with messages, fonts and static files
	@$(PYTHON) -m hatchling build

release: check ## Whether this version can be tagged, and its packages (docs/releasing.md)
	@$(PYTHON) -m tools.release_dump --check
	@$(MAKE) --no-print-directory package

lock: .venv/.run ## Compile requirements/*.txt anew from pyproject.toml
	@$(LOCK) -o requirements/run.txt
	@$(LOCK) --group test --group lint -c requirements/run.txt -o requirements/dev.txt

LOCK = .uv/bin/uv pip compile -q --generate-hashes --no-annotate --no-header --python-version 3.12 --universal \
	--extra demo --group build pyproject.toml

clean: ## Remove what setup made; data in .abono stay
	rm -rf .venv .uv static .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# What was done is remembered in the virtual environment: a new one starts from nothing.

$(PYTHON):
	@sh tools/make-venv

.venv/.run: $(PYTHON) requirements/run.txt pyproject.toml
	@echo "abono: installing what running needs"
	@sh tools/install requirements/run.txt
	@.uv/bin/uv pip install --quiet --offline --python $(PYTHON) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "abono: installing what tests and checks need"
	@sh tools/install requirements/dev.txt
	@touch $@

.venv/.built: .venv/.run $(BUILT_FROM)
	@if ls abono/locale/*/LC_MESSAGES/*.po >/dev/null 2>&1; then .venv/bin/pybabel -q compile -d abono/locale -D django; fi
	@if [ -f abono/entrypoints/site/fonts.py ]; then $(PYTHON) -m abono.entrypoints.site.fonts; fi
	@$(ABONO) collectstatic --noinput --verbosity 0
	@touch $@
