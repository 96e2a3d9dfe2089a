"""T4: three programs, one tree. Ours, verify.py and verify.html judge every proof of small trees and random ones of larger trees alike, wrong ones too.

`TREES` is up to which size every pair is tried (40 here, 256 by hand), `RANDOM_TREES` how many larger trees are drawn (200 here, 10,000 by hand).
"""

import base64
import hashlib
import os
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.engines.dossier.browsing import offline
from tests.engines.dossier.packing import FOLDER
from tests.engines.dossier.test_verifiers import VERIFY

from liuhen.engines.ledger.tree import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
)
from liuhen.kernel.errors import Tampered

EVERY = int(os.environ.get("TREES", "40"))
DRAWN = int(os.environ.get("RANDOM_TREES", "200"))
ENTRIES = [hashlib.sha256(str(number).encode()).digest() for number in range(2048)]
_KNOWN: dict[tuple[int, int], bytes] = {}


class Claim(NamedTuple):
    """What is claimed of a tree: `first` and `second` are entry and root, or the two roots. `old` is 0-based for an entry, a size for a beginning."""

    sort: str
    proof: list[bytes]
    old: int
    new: int
    first: bytes
    second: bytes


def subtree(level: int, index: int) -> bytes:
    found = _KNOWN.get((level, index))
    if found is None:
        found = _KNOWN[level, index] = _node(level, index) if level else leaf_hash(ENTRIES[index])
    return found


def _node(level: int, index: int) -> bytes:
    left, right = subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1)
    return hashlib.sha256(b"\1" + left + right).digest()


def inclusion(index: int, size: int) -> Claim:
    return Claim(
        "inclusion",
        inclusion_proof(subtree, index, size),
        index,
        size,
        ENTRIES[index],
        root_hash(subtree, size),
    )


def consistency(old: int, new: int) -> Claim:
    return Claim(
        "consistency",
        consistency_proof(subtree, old, new),
        old,
        new,
        root_hash(subtree, old),
        root_hash(subtree, new),
    )


def wrong(claim: Claim, dice: random.Random) -> Claim:
    """One thing about it changed. What is claimed may by luck still hold: the programs must then agree on that."""
    way = dice.randrange(6)
    proof = list(claim.proof)
    if way == 0 and proof:
        del proof[dice.randrange(len(proof))]
    elif way == 1:
        proof.insert(dice.randrange(len(proof) + 1), ENTRIES[0])
    elif way == 2 and proof:
        at = dice.randrange(len(proof))
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    elif way == 3:
        return claim._replace(old=max(0, claim.old + dice.choice((-1, 1))))
    elif way == 4:
        return claim._replace(new=claim.new + dice.choice((-1, 1)))
    else:
        return claim._replace(second=claim.first)
    return claim._replace(proof=proof)


def claims(every: int = EVERY, drawn: int = DRAWN) -> Iterator[Claim]:
    dice = random.Random(6962)
    for size in range(1, every + 1):
        yield from (inclusion(index, size) for index in range(size))
        yield from (consistency(old, size) for old in range(1, size + 1))
    for _ in range(drawn):
        size = dice.randrange(2, len(ENTRIES))
        for claim in (inclusion(dice.randrange(size), size), consistency(dice.randrange(1, size), size)):
            yield claim
            yield wrong(claim, dice)


def by_ours(claim: Claim) -> bool:
    try:
        if claim.sort == "inclusion":
            check_inclusion(
                claim.proof, leaf=leaf_hash(claim.first), index=claim.old, size=claim.new, root=claim.second
            )
        elif claim.old == 0:
            return False  # Every tree begins with the empty one; a verifier of packages never asks that.
        else:
            check_consistency(
                claim.proof, old=claim.old, new=claim.new, old_root=claim.first, new_root=claim.second
            )
    except Tampered:
        return False
    return True


def by_python(claim: Claim) -> bool:
    if claim.sort == "inclusion":
        return bool(VERIFY.is_included(claim.proof, claim.first, claim.old, claim.new, claim.second))
    return bool(VERIFY.is_consistent(claim.proof, claim.old, claim.new, claim.first, claim.second))


@pytest.mark.browser
@pytest.mark.slow
def test_three_programs_judge_every_proof_alike() -> None:
    tried = list(claims())
    ours = [by_ours(claim) for claim in tried]
    assert [by_python(claim) for claim in tried] == ours
    right = sum(2 * size for size in range(1, EVERY + 1)) + 2 * DRAWN
    assert right <= sum(ours) < len(ours)
    run = """(claims) => claims.map(([sort, proof, old, fresh, first, second]) => {
      const bytes = (told) => Uint8Array.from(atob(told), (char) => char.charCodeAt(0)), steps = proof.map(bytes);
      return sort === "inclusion" ? isIncluded(steps, bytes(first), old, fresh, bytes(second)) : isConsistent(steps, old, fresh, bytes(first), bytes(second));
    })"""
    with offline(FOLDER / "verify.html") as page:
        shown: list[bool] = []
        for at in range(0, len(tried), 2_000):
            given = [
                [
                    one.sort,
                    [_told(step) for step in one.proof],
                    one.old,
                    one.new,
                    _told(one.first),
                    _told(one.second),
                ]
                for one in tried[at : at + 2_000]
            ]
            shown += page.evaluate(run, given)
    assert shown == ours


def _told(content: bytes) -> str:
    return base64.b64encode(content).decode()
