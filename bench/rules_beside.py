"""Our rules beside other engines in one run: R1, one case told with result, reason and facts; R2, a million recordings.

Run by hand: `python bench/rules_beside.py PYTHON SCRIPT [ROUNDS]`. SCRIPT runs the peers (120 clauses each) under PYTHON and prints a line
of JSON a figure, with `what`, `median` and `unit`; ours are the packs of this repository (`rules.py`). Theirs and ours run in turn; medians
over the rounds, and ratios of the same run. The clauses are not the same ones: ours have reliefs, five answers, articles and words.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
_OURS = {
    "一件，结论": r"judgements, ([\d.]+) µs a rule",
    "一件，连同理由和事实": r"facts used: ([\d.]+) µs a rule",
    "百万段": r"s, ([\d.]+) ns a rule and row\n",
    "numpy 两次比较一次选择": r"by chunks: ([\d.]+) ns a row",
}


def main(python: str, script: str, rounds: int) -> None:
    told: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, value in [*_ours(), *_theirs(python, script)]:
            told.setdefault(name, []).append(value)
    middle = {name: statistics.median(values) for name, values in told.items()}
    for name, value in middle.items():
        print(f"{value:10.3f}  [{min(told[name]):.3f} … {max(told[name]):.3f}]  {name}")
    _ratios("R1", middle["本产品：一件，连同理由和事实"], middle, "one case:")
    _ratios("R2", middle["本产品：百万段"], middle, "1M rows:")


def _ours() -> list[tuple[str, float]]:
    ran = subprocess.run([sys.executable, HERE / "rules.py"], capture_output=True, text=True, check=True)
    found = {name: re.search(pattern, ran.stdout) for name, pattern in _OURS.items()}
    return [(f"本产品：{name}", float(match[1])) for name, match in found.items() if match]


def _theirs(python: str, script: str) -> list[tuple[str, float]]:
    quiet = os.environ | {"QUIET_S": "1", "REP": "3"}
    ran = subprocess.run([python, script], capture_output=True, text=True, check=True, env=quiet)
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    return [
        (line["what"], float(line["median"]))
        for line in lines
        if line.get("unit", "").startswith(("µs", "ns"))
    ]


def _ratios(name: str, ours: float, middle: dict[str, float], begins: str) -> None:
    for peer, value in middle.items():
        if peer.startswith(begins):
            print(f"{name}: {ours / value:6.2f} x {peer}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 3)
