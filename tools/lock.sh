#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: pinned, with hashes, without addresses.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
"$uv" lock -q ${1:+--upgrade}
export_to() { file=$1; shift; "$uv" export -q --format requirements-txt --no-emit-project --no-annotate --no-header "$@" -o "requirements/$file.txt" >/dev/null; }
export_to dev --all-extras --group dev
export_to office --extra office --extra pg --extra gm --extra oidc --no-dev
export_to station --extra station --no-dev
export_to witness --extra witness --no-dev
# The fuzzer stands apart too: `make fuzz` alone installs it.
"$uv" pip compile -q --group fuzz -c requirements/dev.txt --generate-hashes --no-annotate --no-header \
    --python-version 3.11 -o requirements/fuzz.txt >/dev/null
# The mutation tester stands apart: it is installed by `make mutants` alone, beside what dev.txt pins.
"$uv" pip compile -q --group mutants -c requirements/dev.txt --generate-hashes --no-annotate --no-header \
    --python-version 3.11 -o requirements/mutants.txt >/dev/null
