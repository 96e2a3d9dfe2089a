#!/bin/sh
# Mutation testing of the rules engine: does a case notice when the law is bent? `make mutants`, outside `make test`.
# MUTANTS names what is mutated (a glob of mutmut), TIME how many seconds it may take. All of it takes hours on two cores.
# SAMPLE=300 SEED=1 draws so many of all mutants of the engine by chance instead: a share that holds for the whole.
set -eu
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1  # A changed line of the same length within a second must not run as it was.
.venv/bin/uv pip install -q --require-hashes -r requirements/mutants.txt
limit=${TIME:-900}
which=${MUTANTS:-liuhen.engines.rules.kinds.*}
if [ -n "${SAMPLE:-}" ]; then
  timeout "$limit" .venv/bin/mutmut run --max-children 1 "liuhen.engines.rules.kinds.deadline.x_*__mutmut_1" >/tmp/liuhen-mutants.log 2>&1 || true
  which=$(.venv/bin/mutmut results --all true | .venv/bin/python -c "
import random, sys
names = sorted(line.split(':')[0].split()[-1] for line in sys.stdin if '__mutmut_' in line)
print(*random.Random(${SEED:-1}).sample(names, min(${SAMPLE}, len(names))))")
fi
echo "变异 ${SAMPLE:+抽取 }${SAMPLE:-$which}${SAMPLE:+ 个，种子 ${SEED:-1}}，最多 $limit 秒"
# shellcheck disable=SC2086
timeout "$limit" .venv/bin/mutmut run --max-children "${CHILDREN:-2}" $which >/tmp/liuhen-mutants.log 2>&1 || true
told=$(mktemp)
echo "$which" | tr ' ' '\n' >"$told"
.venv/bin/mutmut results --all true | awk -F': ' -v sample="${SAMPLE:-}" -v list="$told" '
  BEGIN { while ((getline name < list) > 0) drawn[name] = 1 }
  { name = $1; sub(/^ */, "", name); if (sample != "" && !(name in drawn)) next }
  /killed|timeout/ {k++} /survived|no tests/ {s++; print} END {
  n = k + s; if (n == 0) { print "没有跑完一个变异"; exit 1 }
  printf "跑了 %d 个变异，查出 %d 个，漏过 %d 个：%.1f %%\n", n, k, s, 100 * k / n; exit (10 * k < 9 * n) }'
