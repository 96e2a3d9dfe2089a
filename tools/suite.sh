#!/bin/sh
# The tests themselves: in parallel, then the coverage that kernel and engines must have.
set -eu
cd "$(dirname "$0")/.."
rm -f .coverage .coverage.*
# The long files come first (tests/conftest.py), so that neither worker waits for the other at the end.
.venv/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report= "$@" tests
.venv/bin/coverage report --include='src/liuhen/kernel/*,src/liuhen/engines/*' --skip-covered --show-missing --fail-under=100
