# What a person or CI asks of a checkout. Works with GNU make 3.81, which a Mac has.
# Recipes begin with exec so that make's signals reach the command and not a shell before it.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell command -v $(name))))
ifeq ($(strip $(PYTHON)),)
$(error Shoal needs Python 3.11 or newer: install it, for instance with apt-get install python3-venv)
endif

VENV := .venv/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test suite check bench soak drill playground screenshot schema lock http-audit reset clean sandbox dev

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

run: sandbox ## Run the whole mall here: MALL_PORT (8000) and MALL_HOME (.mall) may be set
	@exec $(VENV) -m cli run

test: ## Run every check and the test suite, side by side
	@exec $(MAKE) --no-print-directory -j 2 check suite

# Each test process reads what another has compiled, also where Python is told to keep nothing.
suite: dev
	@exec env PYTHONDONTWRITEBYTECODE= $(VENV) -m pytest -q -n auto --maxprocesses 4 --dist loadgroup --ignore tests/test_house_rules.py

check: dev ## Run the linters, the type checker and the comparisons with what is printed
	@exec $(VENV) -m ruff format --check --quiet .
	@exec $(VENV) -m ruff check --quiet .
	@exec .venv/bin/basedpyright
	@exec .venv/bin/lint-imports
	@exec $(VENV) -m cli schema --check
	@exec $(VENV) -m cli migrate --lint
	@exec $(VENV) -m pytest -q --no-engines tests/test_house_rules.py

bench: dev ## Measure speed on this machine
	@exec $(VENV) -m bench

soak: dev ## Run the long forms of the races and the random histories
	@exec $(VENV) -m pytest -q --soak tests/api tests/domain tests/bench tests/faults

drill: dev ## Lose a mall and restore it to a moment, on throwaway servers
	@exec $(VENV) -m tests.drill

playground: sandbox ## Build the page at /playground; `make run` does so by itself
	@exec $(VENV) -m cli playground

screenshot: dev ## Draw the README's picture of the playground anew
	@exec $(VENV) -m tests.screenshot

schema: sandbox ## Print the GraphQL schema anew
	@exec $(VENV) -m cli schema --write

lock: dev ## Resolve the dependencies anew into requirements/
	@$(COMPILE) -o requirements/runtime.txt
	@$(COMPILE) --extra sandbox -c requirements/runtime.txt -o requirements/sandbox.txt
	@$(COMPILE) --extra sandbox --extra dev -c requirements/sandbox.txt -o requirements/dev.txt
	@$(COMPILE:pyproject.toml=requirements/node.in) -o requirements/node.txt

http-audit: dev ## Compare the API with the GraphQL-over-HTTP specification
	@exec $(VENV) -m tests.http_audit

reset: sandbox ## Delete the mall's data and begin anew (asks first)
	@exec $(VENV) -m cli reset

clean: ## Remove what was installed and built; data stays
	@exec rm -rf .venv build shoal.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache

sandbox:
	@exec $(PYTHON) cli/bootstrap.py sandbox

dev:
	@exec $(PYTHON) cli/bootstrap.py dev
