"""The Merkle tree: published roots, an independent library as oracle, every proof up to 64, and no wrong proof passes."""

import base64
import json
import os
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.ledger.trees import mth, path, proof, subtree_of

from liuhen.engines.ledger.tree import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
)
from liuhen.kernel.errors import Malformed, Tampered

# The usual eight leaves of Certificate Transparency's own tests, and the roots over the first n of them.
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = [n.to_bytes(3, "big") for n in range(700)]


@pytest.mark.parametrize("size", range(9))
def test_eight_leaf_tree_has_the_published_roots(size: int) -> None:
    assert root_hash(subtree_of(LEAVES), size).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 255, 256, 257, 511, 512, 513, 700])
def test_root_is_that_of_an_independent_library(size: int) -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in MANY[:size]:
        tree.append_entry(entry)
    assert root_hash(subtree_of(MANY), size) == tree.get_root() == mth(MANY[:size])


def test_every_inclusion_proof_up_to_64_is_the_definition_and_checks() -> None:
    source = subtree_of(MANY)
    for size in range(1, 65):
        root = root_hash(source, size)
        for index in range(size):
            found = inclusion_proof(source, index, size)
            assert found == path(index, MANY[:size])
            check_inclusion(found, leaf=leaf_hash(MANY[index]), index=index, size=size, root=root)


def test_every_consistency_proof_up_to_64_is_the_definition_and_checks() -> None:
    source = subtree_of(MANY)
    roots = [root_hash(source, size) for size in range(65)]
    for new in range(65):
        for old in range(new + 1):
            found = consistency_proof(source, old, new)
            if old:
                assert found == proof(old, MANY[:new])
            check_consistency(found, old=old, new=new, old_root=roots[old], new_root=roots[new])


@pytest.mark.parametrize("seed", range(6))
def test_proofs_in_larger_trees_check(seed: int) -> None:
    chance, source = random.Random(seed), subtree_of(MANY)
    new = chance.randint(65, 700)
    old, index = chance.randint(1, new), chance.randrange(new)
    new_root, old_root = root_hash(source, new), root_hash(source, old)
    check_inclusion(
        inclusion_proof(source, index, new), leaf=leaf_hash(MANY[index]), index=index, size=new, root=new_root
    )
    check_consistency(
        consistency_proof(source, old, new), old=old, new=new, old_root=old_root, new_root=new_root
    )


# -- wrong proofs ------------------------------------------------------------------------------------------------


def wrong_proofs(right: list[bytes]) -> list[list[bytes]]:
    """Proofs that differ: one bit, one step missing, one too many, two changed places."""
    flipped = [[*right[:n], bytes([step[0] ^ 1]) + step[1:], *right[n + 1 :]] for n, step in enumerate(right)]
    missing = [right[:n] + right[n + 1 :] for n in range(len(right))]
    longer = [[*right, b"\0" * 32], [b"\0" * 32, *right], [*right, *right]] if right else [[b"\0" * 32]]
    swapped = [[*right[:n], b, a, *right[n + 2 :]] for n, (a, b) in enumerate(pairwise(right)) if a != b]
    return flipped + missing + longer + swapped


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 16, 33])
def test_no_wrong_inclusion_proof_passes(size: int) -> None:
    source = subtree_of(MANY)
    root = root_hash(source, size)
    for index in range(size):
        right, leaf = inclusion_proof(source, index, size), leaf_hash(MANY[index])
        check_inclusion(right, leaf=leaf, index=index, size=size, root=root)
        for wrong in wrong_proofs(right):
            with pytest.raises(Tampered):
                check_inclusion(wrong, leaf=leaf, index=index, size=size, root=root)
        others = [
            {"leaf": leaf_hash(b"other")}, {"root": mth(MANY[: size + 1])}, {"index": (index + 1) % size if size > 1 else 1},
            {"index": -1}, {"index": size},
        ]  # fmt: skip
        for other in others:
            with pytest.raises(Tampered):
                check_inclusion(right, **{"leaf": leaf, "index": index, "size": size, "root": root, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("new", [1, 2, 3, 5, 7, 8, 13, 16, 33])
def test_no_wrong_consistency_proof_passes(new: int) -> None:
    source = subtree_of(MANY)
    roots = [root_hash(source, size) for size in range(new + 2)]
    for old in range(new + 1):
        right = consistency_proof(source, old, new)
        told: dict[str, Any] = {"old": old, "new": new, "old_root": roots[old], "new_root": roots[new]}
        check_consistency(right, **told)
        for wrong in wrong_proofs(right):
            with pytest.raises(Tampered):
                check_consistency(wrong, **told)
        with pytest.raises(Tampered):
            check_consistency(right, **{**told, "old_root": mth([b"another beginning"])})
        if old:  # Nothing at all is the beginning of everything, whatever came.
            with pytest.raises(Tampered):
                check_consistency(right, **{**told, "new_root": roots[new + 1]})


def test_tree_that_went_back_is_refused() -> None:
    roots = [mth(MANY[:n]) for n in range(9)]
    with pytest.raises(Tampered, match="倒退"):
        check_consistency([], old=8, new=7, old_root=roots[8], new_root=roots[7])


def test_power_of_two_beginning_without_proof_is_refused() -> None:
    with pytest.raises(Tampered):
        check_consistency([], old=3, new=7, old_root=mth(MANY[:3]), new_root=mth(MANY[:7]))


@given(st.integers(0, 40), st.integers(-3, 43))
def test_proof_about_what_is_not_there_is_malformed(size: int, index: int) -> None:
    source = subtree_of(MANY)
    if not 0 <= index < size:
        with pytest.raises(Malformed):
            inclusion_proof(source, index, size)
    if not 0 <= index <= size:
        with pytest.raises(Malformed):
            consistency_proof(source, index, size)


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_hash(subtree_of([]), 0) == EMPTY_ROOT == mth([])


# -- published proofs --------------------------------------------------------------------------------------------


def published() -> Path:
    beside = Path(__file__).parents[4] / "shared"
    return Path(os.environ.get("LIUHEN_REFERENCE", beside)) / "samples/peers/rfc6962"


def bytes_of(told: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(told[name] or "") for name in names]


@pytest.mark.reference
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_published_proofs_get_their_published_answer(kind: str) -> None:
    folder = published() / "merkle"
    if not folder.is_dir():
        pytest.skip(f"没有参考样本（{folder}）；设置 LIUHEN_REFERENCE 后再运行")
    found = sorted(folder.glob(f"{kind}__*.json"))
    assert found
    for file in found:
        told = json.loads(file.read_text())
        steps = [base64.b64decode(step) for step in told["proof"] or []]
        try:
            if kind == "inclusion":
                leaf, root = bytes_of(told, "leafHash", "root")
                check_inclusion(steps, leaf=leaf, index=told["leafIdx"], size=told["treeSize"], root=root)
            else:
                old_root, new_root = bytes_of(told, "root1", "root2")
                check_consistency(
                    steps, old=told["size1"], new=told["size2"], old_root=old_root, new_root=new_root
                )
        except Tampered:
            assert told["wantErr"], file.name
        else:
            assert not told["wantErr"], file.name


@pytest.mark.reference
def test_published_roots_are_ours() -> None:
    file = published() / "reference-roots.json"
    if not file.is_file():
        pytest.skip(f"没有参考样本（{file}）；设置 LIUHEN_REFERENCE 后再运行")
    told = json.loads(file.read_text())
    leaves = [bytes.fromhex(text) for text in told["leaf_inputs_hex"]]
    for size, root in told["roots_by_size"].items():
        assert root_hash(subtree_of(leaves), int(size)).hex() == root
