"""The tree told the slow way, straight from the definitions of RFC 6962 section 2.1: the measure for ours."""

import hashlib
from collections.abc import Sequence

from liuhen.engines.ledger.tree import Subtree


def mth(entries: Sequence[bytes]) -> bytes:
    """Section 2.1: the Merkle tree hash of a list."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    cut = _cut(len(entries))
    return hashlib.sha256(b"\1" + mth(entries[:cut]) + mth(entries[cut:])).digest()


def path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.1: the audit path."""
    if len(entries) == 1:
        return []
    cut = _cut(len(entries))
    if index < cut:
        return [*path(index, entries[:cut]), mth(entries[cut:])]
    return [*path(index - cut, entries[cut:]), mth(entries[:cut])]


def proof(old: int, entries: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """Section 2.1.2: the consistency proof."""
    if old == len(entries):
        return [] if whole else [mth(entries)]
    cut = _cut(len(entries))
    if old <= cut:
        return [*proof(old, entries[:cut], whole=whole), mth(entries[cut:])]
    return [*proof(old - cut, entries[cut:], whole=False), mth(entries[:cut])]


def _cut(size: int) -> int:
    """The largest power of two smaller than `size`."""
    cut = 1
    while cut * 2 < size:
        cut *= 2
    return cut


def subtree_of(entries: Sequence[bytes]) -> Subtree:
    """The source of subtree hashes that the code under test asks."""
    known: dict[tuple[int, int], bytes] = {}

    def subtree(level: int, index: int) -> bytes:
        key = (level, index)
        if key not in known:
            known[key] = mth(entries[index << level : (index + 1) << level])
        return known[key]

    return subtree
