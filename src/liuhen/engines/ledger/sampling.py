"""Drawing a sample that anybody can draw again: rows laid down first, a seed nobody had then. See docs/formats/sample.md.

The seed is the root of a checkpoint over the line of the plan, so it did not exist when the rows were laid down. Knows
no tables and no log; who calls it brings the root.
"""

import hashlib
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from liuhen.kernel.errors import Malformed

_KEY = b"liuhen-sample-v1\n"


class Pick(NamedTuple):
    """One row that was drawn and the value it was ordered by."""

    key: str
    row: str


def frame_digest(frame: Sequence[str]) -> str:
    """SHA-256 over the rows, one a line, each ended by LF. Raises `Malformed` where they are not ascending and distinct."""
    if any(before >= after for before, after in itertools.pairwise(frame)):
        raise Malformed("可抽的各项没有按升序排列，或者有重复", do="请核对清单。")
    return hashlib.sha256("".join(f"{row}\n" for row in frame).encode()).hexdigest()


def draw(frame: Sequence[str], *, root: bytes, line: int, size: int) -> list[Pick]:
    """The `size` rows with the smallest keys, in the order of their keys; all of them where there are fewer."""
    salted = _KEY + root + f"{line}\n".encode()
    picks = sorted(Pick(hashlib.sha256(salted + row.encode()).hexdigest(), row) for row in frame)
    return picks[:size]
