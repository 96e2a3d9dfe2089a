#!/bin/sh
# Format, lint, types, floors, packs. Each says its name and stops at the first fault.
set -eu
cd "$(dirname "$0")/.."
say() { printf "\n== %s\n" "$1"; }
say 格式; .venv/bin/ruff format --check -q src tests bench tools
say 风格; .venv/bin/ruff check -q src tests bench tools
say 类型; LIUHEN_HOME=/nonexistent .venv/bin/mypy
say 楼层; .venv/bin/lint-imports --no-cache > /tmp/liuhen-floors.txt || { cat /tmp/liuhen-floors.txt; exit 1; }
say 规则包; .venv/bin/liuhen pack lint
say 安全; .venv/bin/bandit -q -r src -c pyproject.toml -ll
say 核对清单; .venv/bin/python tools/checks.py --check
say 物料清单; .venv/bin/python tools/sbom.py --check
say 页面; (cd frontend && npm run -s check && npm run -s test)
