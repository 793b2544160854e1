# make demo   set up and run the main job on sample smears (or SMEARS=folder)
# make test   set up and pass all checks and tests
# make bench  measure every claim of speed and accuracy, beside its rival
# make lint   format and static checks only
# make docs   build the documentation, links checked

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SMEARS ?=
DEMO ?= demo

.PHONY: demo test bench lint docs open setup clean

setup: $(READY)

# Idempotent: nothing happens while pyproject.toml is older than the last set-up.
$(READY): pyproject.toml tools/system-libraries.sh
	PYTHON=$(PYTHON) sh tools/system-libraries.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): a few minutes and several GB, once (torch is large)."
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[all,pyqt5]" --group test --group lint
	touch $@

demo: $(READY)
	BIN=$(BIN) DEMO="$(DEMO)" SMEARS="$(SMEARS)" sh tools/demo.sh

open: $(READY)
	$(BIN)/napari-dinobloom open "$(DEMO)/demo.study"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate napari_dinobloom/napari.yaml

# Both Qt bindings: the windows under PyQt6 first, then everything under PyQt5.
test: lint
	QT_API=pyqt6 $(BIN)/python -m pytest -q -m "gui and not slow"
	QT_API=pyqt5 $(BIN)/python -m pytest

bench: $(READY)
	@for script in benchmarks/[a-z]*.py; do \
		echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(READY)
	$(BIN)/python -m pip install --quiet --group docs
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) $(DEMO) site dist .mypy_cache .ruff_cache .pytest_cache
