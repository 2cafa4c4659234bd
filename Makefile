# Everything a person types. Bare `make` lists it.

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/.run-installed
DEV    := $(VENV)/.dev-installed
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
TESTS  ?= -n auto --maxprocesses 4 --dist worksteal
ARGS   ?=

# What the checks look at; a folder that is not there yet is left out.
SOURCES := $(wildcard board domain projections migrations tests benchmarks deploy)

.DEFAULT_GOAL := help
.PHONY: help demo dev test lint check pictures bench wheel try-wheel lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## a living factory on its own database; ctrl-c ends all of it
	@$(VENV)/bin/accord demo $(ARGS)

dev: $(DEV) ## the demo for developers: starts again whenever a file changes
	@$(VENV)/bin/accord demo --reload $(ARGS)

test: $(DEV) ## all tests, the ones in a real browser too (ARGS="-k ..." for a few)
	@browser=$$($(PY) -m tests.browser --install) && \
	ACCORD_TEST_BROWSER="$$browser" $(PY) -m pytest $(TESTS) $(ARGS)

lint: $(DEV) ## format, lint, types and import rules, without the tests
	@failed=0; say() { echo "$$*"; "$$@" || failed=1; }; \
	say $(VENV)/bin/ruff format --check $(SOURCES); \
	say $(VENV)/bin/ruff check $(SOURCES); \
	say $(PY) -m mypy $(SOURCES); \
	say $(VENV)/bin/lint-imports --no-cache --no-logo; \
	exit $$failed

check: lint test ## all that has to hold before a change goes in: lint and test

pictures: $(DEV) ## take the pictures of the README anew, from a demo
	@$(PY) -m tests.pictures

bench: $(DEV) ## measure, in a table with the limit beside each figure
	@$(PY) -m benchmarks $(ARGS)

wheel: $(DEV) ## build the wheel into dist/
	$(PY) -m build --wheel --no-isolation

try-wheel: wheel ## install that wheel away from the checkout, start it there and stop it
	@$(PY) deploy/try_wheel.py "$$(ls -t dist/*.whl | head -1)"

lock: $(DEV) ## remake the two lock files from pyproject.toml
	deploy/lock

clean: ## remove what was built; the demo's data in .accord/ stays
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: pinned, with hashes, and never built from source. The checkout itself is put on
# the path by a .pth file, relative, so that nothing is built and the folder may be moved.

$(PY):
	$(PYTHON) -m venv $(VENV)
	@echo '../../../..' > "$$(echo $(VENV)/lib/python3.*/site-packages)/accord-checkout.pth"

$(VENV)/bin/accord: deploy/accord | $(PY)
	@install -m 755 deploy/accord $@

$(RUN): deploy/requirements.lock $(VENV)/bin/accord | $(PY)
	@echo "Installing what Accord runs on into $(VENV) (once)"
	@$(PIP) -r deploy/requirements.lock
	@touch $@

$(DEV): deploy/requirements-dev.lock $(VENV)/bin/accord | $(PY)
	@echo "Installing what Accord is developed with into $(VENV) (once)"
	@$(PIP) -r deploy/requirements-dev.lock
	@touch $(RUN) $@
