"""Facts of many recordings as columns, and what rules ask of them: conditions with three answers, and the ends of terms.

`verdict_columns` judges them and `keeping_columns` tells how long they are kept, a chunk that fits the processor's cache at a time.
What several rules ask of a chunk is worked out once; sets are read as narrow as their vocabulary allows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liuhen.engines.rules.conditions import Condition, When
from liuhen.engines.rules.facts import SCHEMA, FactPath, RecordingFacts
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.kernel.clock import aware
from liuhen.kernel.months import Period

Numbers = NDArray[np.int64]
Marks = NDArray[np.int8]
Truths = NDArray[np.bool_]

CHUNK = 1 << 16
UNKNOWN_TIME = np.iinfo(np.int64).min
YES, NO, DARK = np.int8(1), np.int8(0), np.int8(-1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_BEIJING = 8 * 3_600_000_000
FACTS = {fact.name: SCHEMA[f"recording.{fact.name}"] for fact in fields(RecordingFacts)}
# Texts of no closed vocabulary that rules compare: activity types, as codes given by the columns themselves.
_OPEN = "activity_type"
# Sets whose masks need no 64 bits.
_SETS = {name: fact.words for name, fact in FACTS.items() if fact.type == "set" and 0 < len(fact.words) < 31}


def in_micros(moment: datetime) -> int:
    """A moment as the columns hold it: microseconds since 1970, UTC."""
    return (aware(moment) - _EPOCH) // _MICRO


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts of many recordings, one array a fact; a fact that is not given is not known of any.

    Times are microseconds with `UNKNOWN_TIME`; flags and words are small codes with -1 for not known; sets are bit masks over
    their vocabulary with -1 for not known. `types` are the activity types behind the codes of `activity_type`.
    """

    size: int
    arrays: Mapping[str, NDArray[Any]]
    types: tuple[str, ...] = ()
    _known: dict[str, Truths] = field(default_factory=dict, compare=False, repr=False)
    _shared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rows: Sequence[RecordingFacts]) -> "Columns":
        """From facts one by one: for small numbers, and to hold both ways to each other."""
        types = tuple(sorted({row.activity_type for row in rows if row.activity_type is not None}))
        arrays = {name: _array(name, [getattr(row, name) for row in rows], types) for name in FACTS}
        return cls(len(rows), arrays, types)

    def chunks(self, size: int = CHUNK) -> Iterator["Columns"]:
        """The same in pieces; views, nothing is copied."""
        for begun in range(0, self.size, size):
            end = min(begun + size, self.size)
            yield Columns(end - begun, {n: a[begun:end] for n, a in self.arrays.items()}, self.types)

    def narrow(self) -> "Columns":
        """The same with sets as narrow as their vocabulary allows: less to read for each rule."""
        narrow = {
            name: self.arrays[name].astype(np.int16 if len(words) < 16 else np.int32)
            for name, words in _SETS.items()
            if name in self.arrays
        }
        return Columns(self.size, {**self.arrays, **narrow}, self.types)

    def rows(self, places: NDArray[np.intp], names: Iterable[str]) -> "Columns":
        """Some rows, with some facts."""
        return Columns(
            len(places), {n: self.arrays[n][places] for n in names if n in self.arrays}, self.types
        )

    def shared(self, key: Any, work: Callable[[], Any]) -> Any:
        """What several rules ask of this chunk, worked out once."""
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = work()
        return found

    def only_value(self, name: str) -> int | None:
        """The one value of a fact that is the same in every row here."""
        held = self.arrays.get(name)
        if held is None:
            return _unknown_of(name)
        is_same = self.shared(("same", name), lambda: held[0] == held[-1] and bool((held == held[0]).all()))
        return int(held[0]) if is_same else None

    def column(self, name: str) -> NDArray[Any]:
        """One fact; all unknown where it is not given."""
        found = self.arrays.get(name)
        if found is not None:
            return found
        kind = np.int16 if FACTS[name].type in ("flag", "text") else np.int64
        none: NDArray[Any] = self.shared(("none", name), lambda: np.full(self.size, _unknown_of(name), kind))
        return none

    def is_known(self, name: str) -> Truths:
        """Where a fact is known; worked out once a chunk, because many rules ask."""
        known = self._known.get(name)
        if known is None:
            found = self.column(name)
            known = self._known[name] = truths(
                found != UNKNOWN_TIME if FACTS[name].type == "time" else found >= 0
            )
        return known

    def are_all_known(self, name: str) -> bool:
        """Whether a fact is known of every row here."""
        return bool(self.shared(("all", name), lambda: self.is_known(name).all()))

    def is_any_known(self, name: str) -> bool:
        """Whether a fact is known of any row here."""
        return name in self.arrays and bool(self.is_known(name).any())

    def with_type_flags(self, flags: Mapping[str, frozenset[str]]) -> "Columns":
        """The flags a recording has by the very type of its activity, as for one subject."""
        own = np.array(
            [mask_of("flags", flags.get(name, frozenset())) for name in self.types] + [0], np.int64
        )
        if not own.any():
            return self
        held, types = self.column("flags"), self.column(_OPEN)
        joined = np.where(held >= 0, held | own[types], held)
        return Columns(self.size, {**self.arrays, "flags": joined}, self.types)


def _unknown_of(name: str) -> int:
    return UNKNOWN_TIME if FACTS[name].type == "time" else -1


def _array(name: str, values: Sequence[Any], types: tuple[str, ...]) -> NDArray[Any]:
    fact = FACTS[name]
    if fact.type == "time":
        return np.array([UNKNOWN_TIME if v is None else in_micros(v) for v in values], np.int64)
    if fact.type == "set" and not fact.words:  # Of an open set rules ask only whether it is empty.
        return np.array([-1 if v is None else int(bool(v)) for v in values], np.int64)
    if fact.type == "set":
        return np.array([-1 if v is None else mask_of(name, v) for v in values], np.int64)
    if fact.type == "flag":
        return np.array([-1 if v is None else int(v) for v in values], np.int16)
    words = {word: code for code, word in enumerate(types if name == _OPEN else fact.words)}
    return np.array([-1 if v is None else words.get(v, len(words)) for v in values], np.int16)


def mask_of(name: str, words: frozenset[str]) -> int:
    return sum(1 << code for code, word in enumerate(FACTS[name].words) if word in words)


# -- conditions ---------------------------------------------------------------------------------------------------


def all_hold_of(when: When, columns: Columns) -> Marks:
    """1 where every condition holds, 0 where one fails, -1 where it depends on something unknown."""
    answer = _held(when[0], columns) if when else np.full(columns.size, YES, np.int8)
    for condition in when[1:]:
        held = _held(condition, columns)
        fails = (held == NO) | (answer == NO)
        answer = chosen(fails, NO, np.minimum(answer, held))
    return answer


def chosen(where: Truths, yes: Marks | np.int8, no: Marks | np.int8) -> Marks:
    """`np.where` for marks, by their bits: several times as fast on bytes."""
    found: Marks = no ^ (bits(where) & (yes ^ no))
    return found


def bits(where: Truths) -> Marks:
    """Every bit set where it is true, none where it is not."""
    found: Marks = np.negative(where.view(np.int8))
    return found


def _held(condition: Condition, columns: Columns) -> Marks:
    found: Marks = columns.shared(condition, lambda: _holds(condition, columns))
    return found


def _holds(condition: Condition, columns: Columns) -> Marks:
    name = condition.fact.name
    if condition.fact.subject != "recording":  # Nothing is known here of another subject.
        return np.full(columns.size, DARK if condition.present is None else not condition.present, np.int8)
    known = columns.is_known(name)
    if condition.present is not None:
        return np.equal(known, condition.present).view(np.int8)
    so: Marks = _is_so(condition, columns, name).view(np.int8)
    # What is not known answers with every bit: -1.
    return so if columns.are_all_known(name) else so | (known.view(np.int8) - YES)


def _is_so(condition: Condition, columns: Columns, name: str) -> Truths:
    held = columns.column(name)
    if condition.one_of is not None:
        return is_one_of(held, codes_of(condition.fact, condition.one_of, columns))
    if condition.has_any is not None:
        return meets(held, mask_of(name, condition.has_any))
    if condition.not_empty is not None:
        return truths((held != 0) == condition.not_empty)
    assert condition.at_least is None, name  # noqa: S101  no fact of a recording is a number
    if isinstance(condition.equals, bool):
        return truths(held == int(condition.equals))
    return is_one_of(held, codes_of(condition.fact, frozenset((str(condition.equals),)), columns))


def is_one_of(held: NDArray[Any], codes: Sequence[int]) -> Truths:
    """Which of the words are among these; a comparison each is cheaper than a search."""
    found = np.zeros(len(held), np.bool_)
    for code in codes:
        found |= held == code
    return found


def truths(found: Any) -> Truths:
    """What numpy's comparisons give, under its name."""
    return np.asarray(found, np.bool_)


def meets(sets: NDArray[Any], mask: int) -> Truths:
    """Which of the sets hold any of the words of `mask`."""
    return truths((sets & mask) != 0)


def codes_of(fact: FactPath, words: frozenset[str], columns: Columns) -> list[int]:
    vocabulary = columns.types if fact.name == _OPEN else tuple(FACTS[fact.name].words)
    return [code for code, word in enumerate(vocabulary) if word in words]


# -- periods ------------------------------------------------------------------------------------------------------


def after(moments: Numbers, term: Period) -> Numbers:
    """`Period.after` over a column; an unknown moment stays unknown. Months are counted in 北京时间 as it is since 1992."""
    length = length_of(term)
    known = moments != UNKNOWN_TIME
    ended = moments
    if term.months:
        local = np.where(known, moments, 0) + _BEIJING
        days = local.view("datetime64[us]").astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        ended_month = months + term.months
        last = (ended_month + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
        ended_day = np.minimum(
            ended_month.astype("datetime64[D]") + (days - months.astype("datetime64[D]")), last
        )
        of_day = local - days.astype("datetime64[us]").view(np.int64)
        ended = ended_day.astype("datetime64[us]").view(np.int64) + of_day - _BEIJING
    return np.where(known, ended + length, UNKNOWN_TIME)


def length_of(term: Period) -> int:
    return (term.days * 86_400 + term.seconds) * 1_000_000


def _end_of(since: FactPath, term: Period, columns: Columns) -> Numbers:
    found: Numbers = columns.shared((since, term), lambda: after(time_of(since, columns), term))
    return found


def latest_term(kind: KeepingPeriod, columns: Columns) -> Numbers:
    """The latest of a class's terms; unknown where one of them has not begun."""
    until = np.full(columns.size, UNKNOWN_TIME, np.int64)
    dark = np.zeros(columns.size, np.bool_)
    for term in kind.term:
        start = time_of(term.since, columns)
        dark |= start == UNKNOWN_TIME
        until = np.maximum(until, _end_of(term.since, term.keep or Period(), columns))
    return np.where(dark, UNKNOWN_TIME, until)


def time_of(path: FactPath, columns: Columns) -> Numbers:
    """A moment; of another subject nothing is known here."""
    if path.subject == "recording":
        return columns.column(path.name)
    return np.full(columns.size, UNKNOWN_TIME, np.int64)
