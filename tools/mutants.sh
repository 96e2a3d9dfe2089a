#!/bin/sh
# Mutation testing of the rules engine: does a case notice when the law is bent? `make mutants`, outside `make test`.
# MUTANTS names what is mutated (a glob of mutmut), TIME how many seconds it may take. All of it takes hours on two cores.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/uv pip install -q --require-hashes -r requirements/mutants.txt
limit=${TIME:-900}
echo "变异 ${MUTANTS:-liuhen.engines.rules.kinds.*}，最多 $limit 秒"
timeout "$limit" .venv/bin/mutmut run --max-children "${CHILDREN:-2}" "${MUTANTS:-liuhen.engines.rules.kinds.*}" >/tmp/liuhen-mutants.log 2>&1 || true
.venv/bin/mutmut results --all true | awk -F': ' '/killed|timeout/ {k++} /survived/ {s++; print} END {
  n = k + s; if (n == 0) { print "没有跑完一个变异"; exit 1 }
  printf "跑了 %d 个变异，查出 %d 个，漏过 %d 个：%.1f %%\n", n, k, s, 100 * k / n; exit (10 * k < 9 * n) }'
