"""Canonical bytes: the examples of RFC 8785, our own kinds of values, and refusal of what has no canonical form."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from liuhen.kernel.canonical import canonical, plain
from liuhen.kernel.errors import Malformed


class Verdict(Enum):
    MET = "符合"


class State(StrEnum):
    OPEN = "open"


# RFC 8785 section 3.2.2, with its own answer.
RFC_INPUT = {
    "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": '€$\x0f\nA\'B"\\\\"/',
    "literals": [None, True, False],
}
RFC_OUTPUT = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
# Section 3.2.3: keys are sorted by UTF-16 code units, so the emoji (a surrogate pair) comes before U+FB33.
RFC_KEYS = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
RFC_KEYS_SORTED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
# Appendix B.
RFC_NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740991, "9007199254740991"),
    (-9007199254740991, "-9007199254740991"),
    (295147905179352830000.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e21, "1e+21"),
    (999999999999999900000.0, "999999999999999900000"),
    (333333333.3333332, "333333333.3333332"),
    (0.000001, "0.000001"),
    (1e-7, "1e-7"),
]


def test_example_of_the_standard_gives_its_answer() -> None:
    assert canonical(RFC_INPUT).decode() == RFC_OUTPUT


def test_keys_are_sorted_as_the_standard_sorts_them() -> None:
    told = canonical(dict.fromkeys(RFC_KEYS, 0)).decode()
    assert list(json.loads(told)) == RFC_KEYS_SORTED


@pytest.mark.parametrize(("number", "written"), RFC_NUMBERS)
def test_number_of_the_standard_is_written_as_it_says(number: float, written: str) -> None:
    assert canonical(number).decode() == written


def test_our_own_kinds_become_text() -> None:
    noon = datetime(2026, 11, 16, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    value = {
        "time": noon, "day": date(2026, 2, 28), "id": UUID(int=7), "sum": Decimal("1.50"), "bytes": b"\x00\xff",
        "verdict": Verdict.MET, "state": State.OPEN, "pair": (1, "两"), 3: None,
    }  # fmt: skip
    assert plain(value) == {
        "time": "2026-11-16T04:00:00.000000Z", "day": "2026-02-28", "id": "00000000-0000-0000-0000-000000000007",
        "sum": "1.50", "bytes": "00ff", "verdict": "符合", "state": "open", "pair": [1, "两"], "3": None,
    }  # fmt: skip
    assert type(plain(State.OPEN)) is str
    assert json.loads(canonical(value)) == plain(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: float("nan"),
        lambda: float("inf"),
        lambda: {1, 2},
        object,
        lambda: datetime(2026, 1, 1),  # noqa: DTZ001  the point: a time without a zone
        lambda: 1 << 53,
        lambda: "\udcff",
        lambda: {"\udcff": 1},
        lambda: {1: "a", "1": "b"},
    ],
)
def test_value_without_canonical_form_is_malformed(make: Callable[[], Any]) -> None:
    assert canonical({"fine": 1}) == b'{"fine":1}'
    with pytest.raises(Malformed):
        canonical({"value": make()})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_canonical_bytes_read_back_are_the_value(value: Any) -> None:
    told = canonical(value)
    assert json.loads(told) == value
    assert canonical(json.loads(told)) == told


@given(st.datetimes(timezones=st.just(UTC)))
def test_same_moment_in_another_zone_has_the_same_bytes(moment: datetime) -> None:
    if moment.year < 9999:
        assert canonical(moment) == canonical(moment.astimezone(timezone(timedelta(hours=8))))


@given(st.one_of(st.text(), st.uuids(), st.none(), st.sampled_from(list(State))))
def test_single_words_are_written_as_the_library_writes_them(value: Any) -> None:
    """They go the short way, which must give the same bytes."""
    try:
        expected = rfc8785.dumps(plain(value))
    except UnicodeEncodeError:
        with pytest.raises(Malformed):
            canonical(value)
    else:
        assert canonical(value) == expected


# Fractions, whole numbers at the end of what JSON knows, keys in any coding: whichever way the bytes are made, they are those of the standard.
_KEYS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=3)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_ANY)
def test_quick_way_and_the_standards_give_the_same_bytes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30])
def test_whole_number_beyond_what_json_holds_has_no_form(number: int) -> None:
    for value in (number, [number], {"数": {"n": number}}):
        with pytest.raises(Malformed):
            canonical(value)
