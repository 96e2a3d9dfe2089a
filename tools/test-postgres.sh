#!/bin/sh
# Debian's PostgreSQL 15 as an ordinary user on a socket in a temporary folder; the same suite on it, but for what asks no database: kernel,
# engines, laws and the house's own rules, and every page as every person, which is about pages.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- tests --ignore=tests/kernel --ignore=tests/engines --ignore=tests/laws --ignore=tests/house --ignore=tests/stories/test_browser_pages.py
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
        bin=/usr/lib/postgresql/15/bin
    else
        echo "缺少 PostgreSQL 15，请先安装：apt-get install postgresql-15" >&2; exit 1
    fi
fi
where=$(mktemp -d /tmp/liuhen-pg-XXXXXX)
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$where"
stop() { as "$bin/pg_ctl" -D "$where/data" -m immediate -w stop >/dev/null 2>&1 || true; rm -rf "$where"; }
trap stop EXIT INT TERM
as "$bin/initdb" -D "$where/data" -U liuhen --auth=trust --data-checksums -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D "$where/data" -w -l "$where/log" -o "-k $where -c listen_addresses=''" start >/dev/null
as "$bin/createdb" -h "$where" -U liuhen liuhen
chmod 755 "$where"
LIUHEN_DATABASE="postgresql://liuhen@/liuhen?host=$where" .venv/bin/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder "$@"
