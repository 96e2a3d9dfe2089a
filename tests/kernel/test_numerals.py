"""Chinese numerals: both ways for every number the regulations could print, and refusal of all else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel.errors import Malformed
from liuhen.kernel.numerals import to_chinese, to_number


def test_every_number_reads_back() -> None:
    assert [to_number(to_chinese(n)) for n in range(10_000)] == list(range(10_000))


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "零"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (103, "一百零三"), (110, "一百一十"),
     (1000, "一千"), (1010, "一千零一十"), (1001, "一千零一"), (2026, "二千零二十六")],
)  # fmt: skip
def test_number_is_told_as_regulations_print_it(number: int, told: str) -> None:
    assert to_chinese(number) == told


@pytest.mark.parametrize(
    ("text", "number"),
    [("两", 2), ("两百", 200), ("廿一", 21), ("卅", 30), ("二〇二六", 2026), ("〇", 0), ("24", 24), ("２４", 24), ("百", 100)],
)  # fmt: skip
def test_other_ways_of_writing_are_read(text: str, number: int) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    "text", ["", " ", "第十条", "十百", "二三十", "一万", "十个", "-1", "1.5", "²", "ten"]
)
def test_text_that_is_no_number_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        to_number(text)


@pytest.mark.parametrize("number", [-1, 10_000])
def test_number_outside_the_range_is_malformed(number: int) -> None:
    with pytest.raises(Malformed):
        to_chinese(number)


@given(st.text("零一二三四五六七八九十百千〇两廿", max_size=8))
def test_any_string_of_numerals_is_a_number_or_malformed(text: str) -> None:
    try:
        found = to_number(text)
    except Malformed:
        return
    assert found >= 0
