"""T3 in small: each reader of foreign bytes gets some hundred that are almost right. `make fuzz` gives each minutes, with atheris beside.

A reader that accepts what nobody wrote, or falls over, is caught: that is tried with two deliberate faults.
"""

import os
import random

import pytest
from tests.faults import fuzzing
from tests.faults.fuzzing import TARGETS, fuzzed

from liuhen.engines.ledger import Log, note

MOST = int(os.environ.get("FUZZ_RUNS", "250"))
SEED = int(os.environ.get("SEED", str(random.randrange(10**9))))


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_that_are_almost_right_are_refused_in_words_or_mean_what_was_written(name: str) -> None:
    runs, _, found = fuzzed(name, seconds=2.0, most=MOST, dice=random.Random(SEED))
    assert found == [], f"SEED={SEED}"
    assert runs > 10


@pytest.mark.parametrize("name", ["note", "tile"])
def test_reader_with_a_fault_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that is not looked at, and a log whose entries are not held against its tiles."""
    fuzzing.of(name)
    if name == "note":
        monkeypatch.setattr(note.Verifier, "verify", lambda *_: None)
    else:
        monkeypatch.setattr(Log, "differences", lambda *_: iter(()))
    _, _, found = fuzzed(name, seconds=5.0, most=2_000, dice=random.Random(1))
    assert found
