"""Drawing: the same for everybody, decided by the seed alone, and even-handed."""

import hashlib
from collections import Counter

import pytest

from liuhen.engines.ledger.sampling import draw, frame_digest
from liuhen.kernel.errors import Malformed

FRAME = [f"{n:03d}" for n in range(50)]


def test_drawing_follows_the_written_form() -> None:
    root = bytes(range(32))
    expected = sorted(
        (hashlib.sha256(b"liuhen-sample-v1\n" + root + b"7\n" + row.encode()).hexdigest(), row)
        for row in FRAME
    )[:5]
    assert [tuple(pick) for pick in draw(FRAME, root=root, line=7, size=5)] == expected
    assert len(draw(FRAME[:3], root=root, line=7, size=5)) == 3


def test_every_row_is_drawn_about_equally_often() -> None:
    seeds = (hashlib.sha256(str(n).encode()).digest() for n in range(2000))
    counts = Counter(pick.row for seed in seeds for pick in draw(FRAME, root=seed, line=1, size=5))
    assert set(counts) == set(FRAME)
    assert max(abs(count - 200) for count in counts.values()) < 75  # more than five standard deviations


def test_frame_out_of_order_is_named() -> None:
    assert frame_digest(["a", "b"]) == hashlib.sha256(b"a\nb\n").hexdigest()
    for wrong in (["b", "a"], ["a", "a"]):
        with pytest.raises(Malformed, match="升序"):
            frame_digest(wrong)
