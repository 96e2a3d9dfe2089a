"""The power goes, on a disk that keeps no more than POSIX promises: no promise of the house is broken, in any state it may leave.

`STATES` is how many are tried (two thousand in every run, `make gates` five thousand, `make gates-long` a hundred thousand); the seed is printed. The house with a fault put
into it on purpose must be caught, each of them, or the test is worth nothing.
"""

import os

import pytest
from tests.faults.conftest import Strike
from tests.faults.mutants import MUTANTS

pytestmark = pytest.mark.timeout(36_000)
SEED = int(os.environ.get("SEED", "20261121"))
STATES = int(os.environ.get("STATES", "2200"))


def test_power_cut_after_any_call_breaks_no_promise(strike: Strike) -> None:
    found = strike("power", points=STATES, seed=SEED)
    print(f"种子 {SEED}：{found['steps']} 步，{found['states']} 种状态，其中 {found['different']} 种各不相同")
    assert not found["broken"]
    assert found["states"] > STATES * 9 // 10


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_house_that_forgets_a_step_is_caught(strike: Strike, mutant: str) -> None:
    found = strike("power", points=1000, seed=SEED, mutant=mutant)
    assert found["broken"], f"“{mutant}”没有被查出"
