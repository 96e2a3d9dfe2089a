"""The tokeniser: what is stored and what is asked meet, whatever the width, the capitals and the punctuation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.apps.search.tokens import fold, tokens_of, wanted


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("占道经营，清河东路", "占道经营 清河东路"), ("冀Ａ・１２３４５", "冀a 12345"), ("执记-01", "执记 01"),
        ("GC-音像-20261120-0003", "gc 音像 20261120 0003"), ("", ""), ("！？", ""), ("①", "1"), ("𰻝𰻝面", "𰻝𰻝面"),
    ],
)  # fmt: skip
def test_text_is_folded_to_its_runs(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_run_gives_single_characters_pairs_and_threes_of_letters_and_digits() -> None:
    assert tokens_of("占道a12") == {"占", "道", "a", "1", "2", "占道", "道a", "a1", "12", "a12"}


@pytest.mark.parametrize(
    ("asked", "tokens", "proven"),
    [
        ("占", ("占",), True), ("占道", ("占道",), True), ("占道经营", ("占道", "道经", "经营"), False), ("０１２", ("012",), True),
        ("冀A12345", ("冀a", "a12", "123", "234", "345"), False), ("12占", ("12", "2占"), False), ("执记-01", ("执记", "01"), False),
        ("abcd", ("abc", "bcd"), False), ("A 1", ("a",), True),
    ],
)  # fmt: skip
def test_word_asks_for_the_fewest_tokens_that_cover_it(
    asked: str, tokens: tuple[str, ...], proven: bool
) -> None:
    first = wanted(asked)[0]
    assert (first.tokens, first.is_proven) == (tokens, proven)


def test_words_are_parted_by_blanks_and_punctuation_alone_asks_for_nothing() -> None:
    assert [word.folded for word in wanted("  占道　王伟 —— ")] == ["占道", "王伟"]
    assert wanted("。，") == []


@given(st.text(max_size=40), st.data())
def test_every_part_of_a_text_finds_the_text(text: str, data: st.DataObject) -> None:
    """No substring is missed: its tokens are all among the text's, and it stands in the folded text."""
    folded = fold(text)
    if not folded:
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded)))
    for word in wanted(folded[start:end]):
        assert set(word.tokens) <= tokens_of(folded)
        assert word.folded in folded
        assert not word.is_proven or word.tokens == (word.folded,)
