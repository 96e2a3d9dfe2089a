"""A day of the house, ended at every call that changes its disk: what was promised is kept, and the house can go on.

`POINTS` is how many calls are struck (`make gates` strikes five hundred, `make gates-long` all); the seed is printed.
"""

import os

import pytest
from tests.faults.conftest import Strike

pytestmark = pytest.mark.timeout(36_000)
SEED = int(os.environ.get("SEED", "20261121"))
KILLED = int(os.environ.get("POINTS_KILLED", "200"))
FAILED = int(os.environ.get("POINTS_FAILED", "60"))
MUTANTS = ("promise-before-commit", "row-before-bytes", "line-apart-from-row")


def test_death_at_any_call_breaks_no_promise(strike: Strike) -> None:
    found = strike("kill", points=KILLED, seed=SEED)
    print(f"种子 {SEED}：{found['calls']} 次调用，断在 {found['points']} 处")
    assert not found["broken"]
    assert found["struck"] == found["points"] >= min(KILLED, found["calls"])
    assert found["calls"] > 400


def test_error_of_any_call_breaks_no_promise(strike: Strike) -> None:
    """EIO, ENOSPC or EDQUOT, once or from then on. A failed fsync ends the process; nothing is acknowledged after it."""
    found = strike("error", points=FAILED, seed=SEED)
    print(f"种子 {SEED}：出错 {found['points']} 处")
    assert not found["broken"]
    assert found["struck"] > found["points"] * 9 // 10


def test_a_promise_given_too_early_is_found(strike: Strike) -> None:
    for mutant in MUTANTS:
        found = strike("kill", points=KILLED, seed=SEED, mutant=mutant)
        assert found["broken"], f"“{mutant}”没有被查出"
