"""The Merkle tree of RFC 6962 over a source of subtree hashes: roots and proofs, and how a stranger checks them."""

import hashlib
from collections.abc import Callable, Sequence

from liuhen.kernel.errors import Malformed, Tampered

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# The hash of the complete subtree of 2**level leaves that begins at leaf index * 2**level.
Subtree = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Sequence[bytes]) -> bytes:
    """The hashes of many entries, one behind the other."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])


def rows_over(hashes: bytes) -> list[list[bytes]]:
    """The hashes themselves, their parents, and so on to the root: of as many as a power of two has."""
    rows = [[hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]]
    while len(rows[-1]) > 1:
        rows.append(_parents(b"".join(rows[-1])))
    return rows


def full_root(hashes: bytes) -> bytes:
    """The root over as many hashes as a power of two has, and nothing kept of what lies between."""
    while len(hashes) > HASH:
        hashes = b"".join(_parents(hashes))
    return hashes


def _parents(hashes: bytes) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\x01" + hashes[at : at + 2 * HASH]).digest() for at in range(0, len(hashes), 2 * HASH)]


def range_hash(subtree: Subtree, start: int, end: int) -> bytes:
    """The root over leaves [start, end), where `start` is aligned as RFC 6962 cuts the tree."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtree(level, start >> level)
    split = 1 << (size - 1).bit_length() - 1
    return node_hash(range_hash(subtree, start, start + split), range_hash(subtree, start + split, end))


def root_hash(subtree: Subtree, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return range_hash(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """RFC 6962 section 2.1.1: the audit path of leaf `index` in a tree of `size`."""
    if not 0 <= index < size:
        raise Malformed(f"第 {index} 条不在大小为 {size} 的树中")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if index < split:
            path.append(range_hash(subtree, split, end))
            end = split
        else:
            path.append(range_hash(subtree, start, split))
            start = split
    return path[::-1]


def consistency_proof(subtree: Subtree, old: int, new: int) -> list[bytes]:
    """RFC 6962 section 2.1.2: that the tree of `old` leaves is the beginning of the tree of `new`."""
    if not 0 <= old <= new:
        raise Malformed(f"大小 {old} 的树不可能是大小 {new} 的树的开头")
    if old in (0, new):
        return []
    start, end, whole, path = 0, new, True, list[bytes]()
    while old != end:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= split:
            path.append(range_hash(subtree, split, end))
            end = split
        else:
            path.append(range_hash(subtree, start, split))
            start, whole = split, False
    if not whole:
        path.append(range_hash(subtree, start, end))
    return path[::-1]


def check_inclusion(proof: Sequence[bytes], *, leaf: bytes, index: int, size: int, root: bytes) -> None:
    """Raise `Tampered` unless `proof` shows `leaf` at `index` under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Tampered(f"第 {index} 条不在大小为 {size} 的树中")
    here, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Tampered("证明过长")
        if here & 1 or here == last:
            found = node_hash(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    if last != 0 or found != root:
        raise Tampered(f"第 {index} 条的存在证明与检查点不符")


def check_consistency(
    proof: Sequence[bytes], *, old: int, new: int, old_root: bytes, new_root: bytes
) -> None:
    """Raise `Tampered` unless the old tree is the beginning of the new one (RFC 9162 section 2.1.4.2)."""
    wrong = Tampered(f"大小 {old} 的检查点不是大小 {new} 的检查点的开头：记录曾被改写")
    if old > new:
        raise Tampered(f"检查点倒退：原大小 {old}，现大小 {new}")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise wrong
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        raise wrong
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise wrong
        if here & 1 or here == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        here, last = here >> 1, last >> 1
    if last != 0 or found_old != old_root or found_new != new_root:
        raise wrong
