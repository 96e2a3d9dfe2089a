"""Rules over one activity, and over a million recordings: ours, a Python loop, and the arithmetic alone in numpy.

`python bench/rules.py [ROWS]`. The packs are the five of the repository, with every rule they have. One run, read the ratios.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

# ruff: noqa: E402  the path comes first
from liuhen.engines.rules import assess, combine_packs, keep_until, load_pack
from liuhen.engines.rules.columns import CHUNK, UNKNOWN_TIME, Columns, in_micros
from liuhen.engines.rules.facts import ActivityFacts, Facts, RecordingFacts
from liuhen.engines.rules.keeping_columns import keepings
from liuhen.engines.rules.verdict_columns import CODES, by_chunks
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.spans import Span

NOW = datetime(2026, 5, 8, tzinfo=UTC)
BOOK = combine_packs([load_pack(folder) for folder in sorted((ROOT / "rulepacks").iterdir())], unfilled=True)
ACTIVITY = ActivityFacts(
    type="onsite_enforcement", flags=frozenset({"major"}), acts=frozenset({"penalty"}), arrived_at=NOW - timedelta(hours=5),
    started_at=NOW - timedelta(hours=5), ended_at=NOW - timedelta(hours=4), left_at=NOW - timedelta(hours=4), officers=2, cameras=1,
    carriers=1, declared=True, recorded=(Span(NOW - timedelta(hours=5), NOW - timedelta(hours=4)),), interruptions=(), announced=True,
    objected=False, checklist=frozenset(),
)  # fmt: skip


def recordings(rows: int) -> Columns:
    """A year of recordings: most stored in time and kept, some late, some marked, a few disposed of."""
    chance = np.random.default_rng(1)
    ended = in_micros(NOW) - chance.integers(0, 365 * 86_400_000_000, rows)
    stored = ended + chance.integers(0, 30 * 3_600_000_000, rows)
    none = np.full(rows, UNKNOWN_TIME, np.int64)
    arrays = {
        "started_at": ended - 600_000_000, "ended_at": ended, "stored_at": stored, "linked_at": stored, "numbered_at": stored,
        "remote_duty": chance.integers(-1, 2, rows).astype(np.int16), "returned_at": np.where(chance.random(rows) < 0.1, stored, none),
        "flags": 1 << chance.integers(0, 10, rows), "is_evidence": chance.integers(0, 2, rows).astype(np.int16),
        "case_category": chance.integers(0, 7, rows).astype(np.int16), "in_case": chance.integers(0, 2, rows).astype(np.int16),
        "case_closed_at": np.where(chance.random(rows) < 0.5, stored, none), "keep_class": chance.integers(-1, 3, rows).astype(np.int16),
        "kind": chance.integers(0, 4, rows).astype(np.int16), "activity_type": np.zeros(rows, np.int16),
        "disposed_at": np.where(chance.random(rows) < 0.001, in_micros(NOW), none), "holds": np.zeros(rows, np.int64),
        "signs": np.zeros(rows, np.int64), "acts": np.zeros(rows, np.int64), "index": chance.integers(0, 128, rows),
    }  # fmt: skip
    return Columns(rows, arrays, ("onsite_enforcement",))


def seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    facts = Facts(activity=ACTIVITY)
    one = seconds(lambda: [assess(BOOK, facts=facts, now=NOW) for _ in range(200)], 9) / 200
    rules = len(BOOK.by_subject["activity"])
    print(f"one activity: {rules} rules, {len(assess(BOOK, facts=facts, now=NOW))} judgements, {one * 1e6 / rules:.2f} µs a rule, {one * 1e6:.0f} µs in all")  # fmt: skip
    told = seconds(lambda: [(j.reason, j.facts_used) for j in assess(BOOK, facts=facts, now=NOW)], 99)
    print(f"with the reason written out and the facts used: {told * 1e6 / rules:.2f} µs a rule")
    columns = recordings(rows)
    many = len(BOOK.by_subject["recording"])
    took = seconds(lambda: _breaches(columns), 5)
    print(
        f"{rows:,} recordings: {many} rules, {took:.2f} s, {took * 1e9 / rows / many:.2f} ns a rule and row"
    )
    kept = seconds(lambda: keepings(BOOK, columns), 5)
    terms = len(BOOK.rules_of("keeping_period"))
    print(
        f"keeping periods of {rows:,}: {terms} rules, {kept:.2f} s, {kept * 1e9 / rows / terms:.2f} ns a rule and row"
    )
    floor = seconds(lambda: _numpy_floor(columns), 5)
    print(f"two comparisons and a choice in numpy, by chunks: {floor * 1e9 / rows:.2f} ns a row")
    plain = RecordingFacts(
        ended_at=NOW - timedelta(hours=30), stored_at=NOW, flags=frozenset(), in_case=False, is_evidence=False
    )
    loop = seconds(lambda: [assess(BOOK, facts=Facts(recording=plain), now=NOW) for _ in range(100)], 5) / 100
    print(f"the same rules one recording at a time: {loop * 1e9 / many:.0f} ns a rule; keeping {seconds(lambda: keep_until(BOOK, recording=plain), 99) * 1e6:.0f} µs")  # fmt: skip


def _breaches(columns: Columns) -> int:
    """What is not as the rules ask, counted chunk by chunk."""
    breached, found = CODES[Verdict.BREACHED], 0
    for size, told in by_chunks(BOOK, columns, now=NOW):
        for marks in told:
            found += int(np.count_nonzero(marks == breached)) * (1 if np.ndim(marks) else size)
    return found


def _numpy_floor(columns: Columns) -> None:
    for chunk in columns.chunks(CHUNK):
        ended, stored = chunk.column("ended_at"), chunk.column("stored_at")
        np.where((stored - ended <= 86_400_000_000) & (ended > 0), np.int8(0), np.int8(4))


main()
