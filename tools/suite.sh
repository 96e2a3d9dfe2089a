#!/bin/sh
# The tests themselves, in parallel. Kernel, engines and laws run under coverage, and must reach every line and branch of kernel and engines by
# themselves; the rest runs without it, since tracing costs more than half again.
set -eu
cd "$(dirname "$0")/.."
measured="tests/kernel tests/engines tests/laws"
rest=$(find tests -mindepth 1 -maxdepth 1 -type d ! -name __pycache__ | sort | grep -vxF "$(echo "$measured" | tr ' ' '\n')")
rm -f .coverage .coverage.*
# The long files come first (tests/conftest.py), so that neither worker waits for the other at the end.
run=".venv/bin/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder"
# shellcheck disable=SC2086
$run --cov --cov-report= "$@" $measured || failed=1
# shellcheck disable=SC2086
$run "$@" $rest || failed=1
.venv/bin/coverage report --include='src/liuhen/kernel/*,src/liuhen/engines/*' --skip-covered --show-missing --fail-under=100
exit "${failed:-0}"
