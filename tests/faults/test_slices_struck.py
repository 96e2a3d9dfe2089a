"""A file that comes in slices, ended or cut off at every call: what was told of a slice holds, and the whole comes in once.

`SLICES_KILLED` is how many calls are struck and `SLICES_STATES` how many disks after a cut are tried (few in every run, all by `make gates`).
"""

import os

import pytest
from tests.faults.conftest import Strike
from tests.faults.mutants import OF_SLICES

pytestmark = pytest.mark.timeout(36_000)
SEED = int(os.environ.get("SEED", "20261121"))
KILLED = int(os.environ.get("SLICES_KILLED", "30"))
STATES = int(os.environ.get("SLICES_STATES", "80"))


def test_death_at_any_call_loses_no_slice_and_joins_none_twice(strike: Strike) -> None:
    found = strike("kill", points=KILLED, seed=SEED, day="slices")
    print(f"种子 {SEED}：{found['calls']} 次调用，断在 {found['points']} 处")
    assert not found["broken"]
    assert found["struck"] == found["points"] >= min(KILLED, found["calls"])


def test_error_of_any_call_loses_no_slice(strike: Strike) -> None:
    found = strike("error", points=KILLED // 3, seed=SEED, day="slices")
    assert not found["broken"]
    assert found["struck"] > found["points"] // 2


def test_power_cut_after_any_call_loses_no_slice(strike: Strike) -> None:
    found = strike("power", points=STATES, seed=SEED, day="slices")
    print(f"种子 {SEED}：{found['steps']} 步，{found['states']} 种状态，其中 {found['different']} 种各不相同")
    assert not found["broken"]
    assert found["states"] > STATES // 2


@pytest.mark.parametrize("mutant", sorted(OF_SLICES))
def test_a_house_that_lets_a_slice_go_too_early_is_caught(strike: Strike, mutant: str) -> None:
    found = strike("kill", points=1000, seed=SEED, day="slices", mutant=mutant)
    assert found["broken"], f"“{mutant}”没有被查出"
