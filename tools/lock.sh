#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: pinned, with hashes, without addresses.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
"$uv" lock -q ${1:+--upgrade}
export_to() { file=$1; shift; "$uv" export -q --format requirements-txt --no-emit-project --no-annotate --no-header "$@" -o "requirements/$file.txt" >/dev/null; }
export_to dev --all-extras --group dev
export_to office --extra office --extra pg --no-dev
export_to station --extra station --no-dev
