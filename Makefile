# Two commands matter: `make reproduce` and `make test`. Both set up what they need.
# The environment lives in .venv; delete it (or `make clean`) and it is made again. Without make:
# docs/install.md.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev reproduce test stress lint bench lab lock bundle clean

help:  ## List these commands
	@grep -E '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup:  ## Make the environment in .venv from requirements.lock
	@$(PYTHON) scripts/install.py $(INSTALL)

setup-dev:
	@$(PYTHON) scripts/install.py --dev $(INSTALL)

reproduce: setup  ## Run the six notebooks into reports/default/
	$(BIN)/youthviolence run

test: setup-dev  ## Pass the tests (under 8 minutes on two cores)
	$(BIN)/python -m pytest -n auto --dist worksteal

stress: setup-dev  ## The long versions: fuzz, kills, scale
	$(BIN)/python -m pytest -m stress --timeout 3600

lint: setup-dev  ## Style, types, and how many lines of code there are
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/python scripts/count_code.py

bench: setup-dev  ## Measure speed, as ratios in one run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lab: setup  ## Open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

# The second lock holds what the first does not, at versions that agree with it.
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-annotate pyproject.toml
lock: setup-dev  ## Resolve the dependencies again into the two locks (UPGRADE=--upgrade for newer ones)
	$(COMPILE) $(UPGRADE) --group build -o requirements.lock
	$(COMPILE) $(UPGRADE) --group dev --extra cluster --extra parquet -c requirements.lock -o requirements-dev.lock \
	  $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.lock | sort -u)

bundle: setup  ## Build dist/bundle, which installs without internet
	$(BIN)/python scripts/bundle.py

clean:  ## Remove the environment, caches, processed data and the default run
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis data/processed reports/default
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
