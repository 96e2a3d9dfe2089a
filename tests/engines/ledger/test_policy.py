"""Witness policies: the form of C2SP tlog-policy, k of n in any depth, and how far a record is witnessed."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from liuhen.engines.ledger.cosignature import Cosigner
from liuhen.engines.ledger.policy import NOBODY, Cover, Standing, WitnessPolicy
from liuhen.kernel.errors import Malformed

KEYS = {name: str(Cosigner(f"w/{name}", Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)).verifier)
        for n, name in enumerate(["X1", "X2", "X3", "Y1", "Y2", "Y3"], 1)}  # fmt: skip
X, Y = ["X1", "X2", "X3"], ["Y1", "Y2", "Y3"]
TWO_LEVELS = "\n".join(
    [
        "# the example of the specification",
        *[f"witness {name} {KEYS[name]}" for name in X],
        "group X-witnesses 2 X1 X2 X3",
        "",
        *[f"\twitness  {name}\t{KEYS[name]}  https://localhost/{name}/" for name in Y],
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "log example.com/log+00000000+whatever",
        "quorum X-and-Y",
    ]
)
NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)


def test_two_levels_of_the_specification_ask_two_of_x_and_one_of_y() -> None:
    policy = WitnessPolicy.parse(TWO_LEVELS)
    for count in range(7):
        for names in combinations(KEYS, count):
            expected = len(set(names) & set(X)) >= 2 and bool(set(names) & set(Y))
            assert policy.satisfied_by(KEYS[name] for name in names) is expected
    assert [witness.url for witness in policy.on_line] == [f"https://localhost/{name}" for name in Y]
    assert policy.needs_paper
    assert policy.says == "（X1、X2、X3 中任意 2 家）、（Y1、Y2、Y3 中任意 1 家） 全部"


def test_one_witness_is_a_quorum_and_so_is_nobody() -> None:
    alone = WitnessPolicy.parse(f"witness 司法局 {KEYS['X1']} http://127.0.0.1:8780\nquorum 司法局")
    assert alone.satisfied_by([KEYS["X1"]])
    assert not alone.satisfied_by([KEYS["X2"]])
    assert (alone.says, alone.needs_paper, alone.is_none) == ("司法局", False, False)
    none = WitnessPolicy.parse("quorum none\n")
    assert none.is_none
    assert none.satisfied_by([])
    assert (none, none.says, none.needs_paper) == (NOBODY, "无", False)
    single = WitnessPolicy.parse(f"witness A {KEYS['X1']}\ngroup G any A\nquorum G")
    assert single.says == "A"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "没有 quorum"),
        ("quorum A", "没有名为“A”"),
        (f"quorum none\nwitness A {KEYS['X1']}\nquorum A", "第 3 行"),
        (f"witness none {KEYS['X1']}\nquorum none", "不能用"),
        (f"witness A {KEYS['X1']}\nwitness A {KEYS['X2']}\nquorum A", "已经用过"),
        (f"witness A {KEYS['X1']}\nwitness B {KEYS['X1']}\nquorum A", "同一把公钥"),
        (f"witness A {KEYS['X1']} ftp://x\nquorum A", "http"),
        ("witness A x+y+z\nquorum A", "公钥"),
        ("witness A\nquorum none", "应为"),
        (f"witness A {KEYS['X1']}\ngroup G 0 A\nquorum G", "1 到 1"),
        (f"witness A {KEYS['X1']}\ngroup G 2 A\nquorum G", "1 到 1"),
        (f"witness A {KEYS['X1']}\ngroup G ２ A\nquorum G", "1 到 1"),
        (f"witness A {KEYS['X1']}\ngroup G some A\nquorum G", "1 到 1"),
        (f"witness A {KEYS['X1']}\ngroup G any\nquorum A", "应为"),
        (f"witness A {KEYS['X1']}\ngroup G any G\nquorum A", "没有名为“G”"),
        ("group G any none\nquorum none", "没有名为“none”"),
        ("quorum none none", "应为"),
        ("whatever x\nquorum none", "应为"),
    ],
)
def test_policy_out_of_form_names_its_line(text: str, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        WitnessPolicy.parse(text)


# -- how far a record is witnessed -------------------------------------------------------------------------------

TWO_OF_THREE = WitnessPolicy.parse(
    "\n".join([*[f"witness {name} {KEYS[name]}" for name in X], "group G 2 X1 X2 X3", "quorum G"])
)


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_record_is_witnessed_as_far_as_two_of_three_have_seen() -> None:
    covers = {
        KEYS["X1"]: [Cover(10, after(1)), Cover(30, after(9))],
        KEYS["X2"]: [Cover(20, after(5))],
        KEYS["X3"]: [Cover(12, after(2))],
        "stranger": [Cover(99, after(0))],
    }
    assert TWO_OF_THREE.standing(covers) == Standing(20, after(9))
    assert TWO_OF_THREE.standing({KEYS["X1"]: covers[KEYS["X1"]]}) is None
    assert TWO_OF_THREE.standing({}) is None


@given(st.dictionaries(st.sampled_from([KEYS[name] for name in X]), st.lists(
    st.builds(Cover, st.integers(1, 9), st.integers(0, 9).map(after)), max_size=4)))  # fmt: skip
def test_standing_is_the_largest_size_that_two_vouched_for_and_the_moment_it_was_so(
    covers: dict[str, list[Cover]],
) -> None:
    """Told the slow way: for each size and each moment, count who had vouched."""

    def count(size: int, at: datetime) -> int:
        return sum(any(c.size >= size and c.at <= at for c in found) for found in covers.values())

    end = after(99)
    sizes = [size for size in range(1, 10) if count(size, end) >= 2]
    found = TWO_OF_THREE.standing(covers)
    if not sizes:
        assert found is None
        return
    assert found is not None
    assert found.size == max(sizes)
    assert found.at == min(after(m) for m in range(10) if count(found.size, after(m)) >= 2)
