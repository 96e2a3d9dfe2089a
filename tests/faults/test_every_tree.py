"""T4 whole, for the two programs that run here: every pair up to 256 and ten thousand larger trees, wrong proofs among them.

Beside tests/engines/dossier/test_trees.py, where the page in the browser judges a smaller number: there everything runs under coverage.
"""

import pytest
from tests.engines.dossier.test_trees import VERIFY, by_ours, by_python, claims


def test_two_programs_judge_every_pair_up_to_256_and_ten_thousand_trees_alike() -> None:
    """The whole figure of T4 for the two that run here; the page in the browser follows below, in small by default."""
    right = wrong_ones = 0
    for claim in claims(256, 10_000):
        ours = by_ours(claim)
        assert by_python(claim) == ours, claim
        right, wrong_ones = right + ours, wrong_ones + (not ours)
    assert right >= sum(2 * size for size in range(1, 257)) + 20_000
    assert wrong_ones > 10_000


def test_program_that_forgets_a_step_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deliberate fault: a proof is taken although it is longer or shorter than the tree."""
    monkeypatch.setattr(VERIFY, "is_included", lambda proof, *_: True)
    assert any(by_python(claim) != by_ours(claim) for claim in claims(8, 40))
