"""One pack, two ways to judge: facts one by one, and columns of many. They must never differ."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.cases import PACKS, every_case

from liuhen.engines.rules import assess, combine_packs, keep_until, load_pack
from liuhen.engines.rules.columns import CHUNK, UNKNOWN_TIME, Columns, after, in_micros
from liuhen.engines.rules.conditions import Condition
from liuhen.engines.rules.facts import SCHEMA, FactPath, Facts, RecordingFacts
from liuhen.engines.rules.judging import assess_by
from liuhen.engines.rules.keeping import Keeping
from liuhen.engines.rules.keeping_columns import keepings
from liuhen.engines.rules.kinds.deadline import Deadline, Relief
from liuhen.engines.rules.kinds.keeping_period import RANKS
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.verdict_columns import CODES, SILENT, _verdicts, key_of, verdicts
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.months import Period

KEYS = sorted(folder.name for folder in PACKS.iterdir() if (folder / "pack.toml").exists())
NOW = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)


def book(*keys: str) -> Rulebook:
    """With the rules that rest on facts no room fills yet: what a law says does not wait for them."""
    return combine_packs([load_pack(PACKS / key) for key in keys], unfilled=True)


@cache
def read(key: str) -> Rulebook:
    """One pack, or all of them; read within each run of the tests, so that a run judges the loader it runs with."""
    return book(*KEYS) if key == "all" else book(key)


TYPES = sorted({kind.code for pack in read("all").packs for kind in pack.activity_types})


def _moments(since: int) -> st.SearchStrategy[datetime]:
    begin = datetime(since, 1, 1, tzinfo=UTC)
    return st.integers(0, 100 * 365 * 86_400_000_000).map(lambda n: begin + timedelta(microseconds=n))


def _fact(name: str) -> st.SearchStrategy[Any]:
    fact = SCHEMA[f"recording.{name}"]
    if fact.type == "time":
        # Moments that crowd around terms: some hours, months and years before now, to the second.
        near = st.sampled_from([0, 1, 23, 24, 25, 24 * 30, 24 * 183, 24 * 366, 24 * 365 * 3])
        value: st.SearchStrategy[Any] = st.builds(
            lambda hours, seconds: NOW - timedelta(hours=hours, seconds=seconds), near, st.integers(-2, 2)
        ) | _moments(2000)
    elif fact.type == "flag":
        value = st.booleans()
    elif fact.type == "set":
        value = st.frozensets(st.sampled_from(sorted(fact.words) or ["复议"]), max_size=3)
    else:
        value = st.sampled_from(sorted(fact.words) or [*TYPES, "unlisted"])
    return st.none() | value


RECORDINGS = st.builds(RecordingFacts, **{field.name: _fact(field.name) for field in fields(RecordingFacts)})


def differences(rulebook: Rulebook, rows: list[RecordingFacts], now: datetime) -> list[str]:
    """Where the two ways differ, row by row and rule by rule."""
    columns = Columns.of(rows)
    many, kept = verdicts(rulebook, columns, now=now), keepings(rulebook, columns)
    found = []
    for place, row in enumerate(rows):
        judged = {
            key_of(j.rule): CODES[j.verdict] for j in assess(rulebook, facts=Facts(recording=row), now=now)
        }
        for key, codes in many.items():
            if codes[place] != judged.get(key, SILENT):
                found.append(f"{key}: one {judged.get(key, SILENT)}, many {codes[place]}: {row}")
        one = keep_until(rulebook, recording=row)
        if (kept.rank[place], kept.until[place]) != _as_columns(one):
            found.append(
                f"kept {one.label} {one.until}, many {RANKS[kept.rank[place]]} {kept.until[place]}: {row}"
            )
    return found


def _as_columns(one: Keeping) -> tuple[int, int]:
    return RANKS.index(one.rank), UNKNOWN_TIME if one.until is None else in_micros(one.until)


@pytest.mark.parametrize("key", [*KEYS, "all"])
@given(rows=st.lists(RECORDINGS, min_size=1, max_size=12))
@settings(max_examples=25)
def test_many_are_judged_and_kept_as_one_is(key: str, rows: list[RecordingFacts]) -> None:
    assert differences(read(key), rows, NOW) == []


def test_every_case_of_the_law_about_a_recording_is_judged_alike() -> None:
    cases = [case for case in every_case() if case.facts.recording is not None]
    assert len(cases) > 100
    for case in cases:
        recording = case.facts.recording
        assert recording is not None
        assert differences(case.rulebook, [recording], case.now) == [], case.id


def test_every_kind_that_judges_recordings_has_its_columns() -> None:
    for rule in read("all").by_subject["recording"]:
        assert _verdicts.dispatch(type(rule.judge)) is not _verdicts.dispatch(object), rule.kind
    with pytest.raises(NotImplementedError, match="object"):
        _verdicts(object(), Columns(0, {}), 0)


@given(
    moments=st.lists(
        _moments(1993),
        min_size=1,
        max_size=20,
    ),
    term=st.builds(
        Period, months=st.integers(0, 40), days=st.integers(0, 40), seconds=st.integers(0, 90_000)
    ),
)
def test_periods_end_as_the_calendar_says(moments: list[datetime], term: Period) -> None:
    ended = after(np.array([UNKNOWN_TIME, *map(in_micros, moments)], np.int64), term)
    assert ended.tolist() == [UNKNOWN_TIME, *(in_micros(term.after(moment)) for moment in moments)]


def test_more_than_a_chunk_is_judged_like_its_parts() -> None:
    rows = [
        RecordingFacts(ended_at=NOW - timedelta(hours=n % 50), stored_at=None if n % 3 else NOW - timedelta(hours=n % 7))
        for n in range(100)
    ]  # fmt: skip
    times = 2 * CHUNK // 100 + 2
    columns = Columns.of(rows * times)
    found = verdicts(read("subdistrict"), columns, now=NOW)
    part = verdicts(read("subdistrict"), Columns.of(rows), now=NOW)
    assert columns.size > 2 * CHUNK
    for key, codes in found.items():
        assert codes.tolist() == part[key].tolist() * times
    assert keepings(read("subdistrict"), columns).rank.tolist() == keepings(read("subdistrict"), Columns.of(rows)).rank.tolist() * times  # fmt: skip


def test_fact_that_is_not_given_is_not_known_of_any() -> None:
    bare = Columns(2, {})
    known = Columns.of([RecordingFacts(), RecordingFacts()])
    for key in KEYS:
        for rule, codes in verdicts(read(key), bare, now=NOW).items():
            assert codes.tolist() == verdicts(read(key), known, now=NOW)[rule].tolist()


# Shapes that no pack has yet, and that a jurist may write tomorrow.
STRANGE: list[Any] = [
    Deadline(since=FactPath("activity", "ended_at"), until=FactPath("recording", "stored_at"), within=Period(seconds=60)),
    Deadline(
        since=FactPath("recording", "ended_at"), until=FactPath("recording", "stored_at"), within=Period(days=1),
        relief=(
            Relief(clause="x", says="x", when=(Condition(FactPath("activity", "declared"), present=False),), since=FactPath("recording", "returned_at")),
            Relief(clause="x", says="x", when=(Condition(FactPath("activity", "declared"), equals=True),), since=FactPath("recording", "returned_at")),
        ),
    ),
    Required(found=FactPath("recording", "index"), line=(Need(code="name", label="x", only="permit"), Need(code="time", label="y")), given=FactPath("recording", "case_category")),
    Required(found=FactPath("recording", "index"), line=(Need(code="name", label="x", only="major"),), given=FactPath("recording", "flags")),
    Required(found=FactPath("recording", "index"), line=(Need(code="name", label="x", only="major"),)),
    Required(found=FactPath("recording", "index"), line=(Need(code="name", label="x"),), by=FactPath("recording", "ended_at"), within=Period(days=1)),
    Required(found=FactPath("recording", "index"), line=(Need(code="name", label="x"),), by=FactPath("recording", "ended_at")),
    Prohibition(found=FactPath("recording", "case_category"), acts=frozenset({"permit", "charging"})),
    Prohibition(
        found=FactPath("recording", "signs"), acts=frozenset({"gap"}), suspected=True,
        unless=(Condition(FactPath("recording", "flags"), not_empty=True),),
    ),
]  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE, ids=lambda kind: type(kind).__name__)
@given(rows=st.lists(RECORDINGS, min_size=1, max_size=12))
@settings(max_examples=25)
def test_shapes_that_no_pack_has_yet_are_judged_alike(kind: Any, rows: list[RecordingFacts]) -> None:
    many = _verdicts(kind, Columns.of(rows), in_micros(NOW))
    one = [kind.judge(Facts(recording=row), now=NOW) for row in rows]
    assert many.tolist() == [SILENT if found is None else CODES[found.verdict] for found in one]


def test_one_rule_alone_says_what_it_says_among_all() -> None:
    facts = read("all").with_type_flags(Facts(recording=RecordingFacts(ended_at=NOW, flags=frozenset())))
    alone = [assess_by(rule, facts=facts, now=NOW) for rule in read("all").by_subject["recording"]]
    together = assess(read("all"), facts=facts, now=NOW)
    assert [(j.rule, j.finding) for j in alone if j] == [(j.rule, j.finding) for j in together]
    assert all(
        j.facts_used["recording.ended_at"] == NOW for j in alone if j and "recording.ended_at" in j.facts_used
    )
    assert any(j and "recording.ended_at" in j.facts_used for j in alone)


def test_months_of_a_clock_end_on_the_day_of_the_calendar_in_both_ways() -> None:
    """A month from the last day of January ends on the last of February; a second later it is too late."""
    begun = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    clock = Deadline(
        since=FactPath("recording", "ended_at"),
        until=FactPath("recording", "stored_at"),
        within=Period(months=1),
    )
    last = datetime(2026, 2, 28, 8, 0, tzinfo=UTC)
    rows = [RecordingFacts(ended_at=begun, stored_at=last + timedelta(seconds=n)) for n in (-1, 0, 1)]
    many = _verdicts(clock, Columns.of(rows), in_micros(NOW)).tolist()
    one = [clock.judge(Facts(recording=row), now=NOW) for row in rows]
    assert many == [CODES[found.verdict] for found in one if found]
    assert [found.verdict for found in one if found] == [Verdict.MET, Verdict.MET, Verdict.BREACHED]
