# Two commands matter: `make reproduce` and `make test`. Both set up what they need.
# The environment lives in .venv; delete it (or `make clean`) and it is made again.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup reproduce test stress lint bench lab lock bundle clean

help:  ## List these commands
	@grep -E '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY)  ## Make the environment in .venv from requirements.lock

# uv, where it is installed, does in a third of the time what pip does; the result is the same.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	@echo "Installing from requirements.lock into .venv (a minute or so) …"
	@{ command -v uv >/dev/null && VIRTUAL_ENV=.venv uv pip sync -q --require-hashes --compile-bytecode requirements.lock 2>/dev/null; } \
	  || $(BIN)/python -m pip install -q --require-hashes --compile -r requirements.lock
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --upgrade .venv
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src
	@touch $(READY)

reproduce: $(READY)  ## Run the six notebooks into reports/default/
	$(BIN)/youthviolence run

test: $(READY)  ## Pass the tests (under 8 minutes on two cores)
	$(BIN)/python -m pytest -n auto --dist worksteal

stress: $(READY)  ## The long versions: fuzz, kills, scale
	$(BIN)/python -m pytest -m stress --timeout 3600

lint: $(READY)  ## Style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/nbstripout --verify notebooks/*.ipynb

bench: $(READY)  ## Measure speed, as ratios in one run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lab: $(READY)  ## Open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

lock: $(READY)  ## Resolve the dependencies again into requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-annotate --upgrade pyproject.toml --group dev -o requirements.lock

bundle: $(READY)  ## Build dist/bundle, which installs without internet
	$(BIN)/python scripts/bundle.py

clean:  ## Remove the environment, caches, processed data and the default run
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis data/processed reports/default
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
