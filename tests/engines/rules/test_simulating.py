"""What another rulebook would change, told before anyone adopts it; a shortening is never missed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.engines.rules import combine_packs, keep_until, load_pack
from liuhen.engines.rules.facts import ActivityFacts, Facts, RecordingFacts
from liuhen.engines.rules.keeping import Keeping
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.simulating import (
    Outcome,
    Promise,
    Subject,
    compare,
    ends_sooner,
    shortened_classes,
)
from liuhen.engines.rules.verdicts import Verdict
from liuhen.kernel.clock import BEIJING
from liuhen.server.paths import data_folder

NOON = datetime(2026, 11, 16, 12, tzinfo=BEIJING)
HEAD = """\
[pack]
key = "{key}"
version = "{version}"
title = "{key} 办法"
issuer = "青石镇"
agency_type = "township"
id_prefix = "QSZ"

[[clause]]
id = "QSZ-1"
kind = "record"
article = "第一条"
says = "其一"

"""
Made = Callable[..., Rulebook]


@pytest.fixture
def law(tmp_path: Path) -> Made:
    """A rulebook of these rules; `key` names the regulation."""

    def made(*rules: str, key: str = "town", version: str = "1") -> Rulebook:
        folder = tmp_path / f"{key}{version}{abs(hash(rules))}"
        folder.mkdir()
        text = HEAD.format(key=key, version=version) + "\n".join(rules)
        (folder / "pack.toml").write_text(text, encoding="utf-8")
        return combine_packs([load_pack(folder)])

    return made


def keep(length: str, *, id_: str = "keep", when: str = "", forever: str = "") -> str:
    term = (
        f'forever = "{forever}"'
        if forever
        else f'term = [{{ since = "recording.ended_at", keep = "{length}" }}]'
    )
    return f"""
[[rule]]
id = "{id_}"
kind = "keeping_period"
clause = "QSZ-1"
cite = "第一条"
says = "保存"
label = "{id_}"
{f"when = {when}" if when else ""}
{term}
"""


def store(within: str, id_: str = "store") -> str:
    return f"""
[[rule]]
id = "{id_}"
kind = "deadline"
clause = "QSZ-1"
cite = "第一条"
says = "按时入库"
since = "recording.ended_at"
until = "recording.stored_at"
within = "{within}"
"""


def recording(**told: object) -> Subject:
    facts = RecordingFacts(
        **{"ended_at": NOON - timedelta(days=3), "stored_at": NOON - timedelta(days=1), **told}  # type: ignore[arg-type]
    )
    return Subject("音-1", Facts(recording=facts))


def outcome(before: Rulebook | None, after: Rulebook | None, *subjects: Subject) -> list[Outcome]:
    return list(compare(before, after, subjects=subjects or (recording(),), now=NOON))


def test_same_law_changes_nothing(law: Made) -> None:
    same = law(store("24h"), keep("6m"))
    assert outcome(same, same) == []
    assert shortened_classes(same, same) == ()


def test_verdict_that_turns_says_from_to_and_why(law: Made) -> None:
    (found,) = outcome(law(store("24h")), law(store("72h"), version="2"))
    (turn,) = found.turns
    assert (turn.before, turn.after) == (Verdict.BREACHED, Verdict.MET)
    assert "3日之内" in turn.why or "72小时" in turn.why
    assert turn.cite.article == "第一条"
    assert turn.says
    assert found.shift is None


def test_rule_of_another_regulation_is_paired_by_what_it_is_about(law: Made) -> None:
    (found,) = outcome(law(store("24h")), law(store("72h", "receive"), key="village"))
    assert [(t.before, t.after) for t in found.turns] == [(Verdict.BREACHED, Verdict.MET)]


def test_rule_that_is_new_or_gone_is_told_as_such(law: Made) -> None:
    (come,) = outcome(law(keep("6m")), law(keep("6m"), store("24h"), version="2"))
    assert [(t.before, t.after) for t in come.turns] == [(None, Verdict.BREACHED)]
    (gone,) = outcome(law(keep("6m"), store("24h")), law(keep("6m"), version="2"))
    assert [(t.before, t.after) for t in gone.turns] == [(Verdict.BREACHED, None)]
    assert "不再据以判断" in gone.turns[0].why


def test_gravest_of_several_rules_on_one_matter_stands_for_it(law: Made) -> None:
    before = law(store("24h"), store("100h", "store-2"))
    (found,) = outcome(before, law(store("72h"), key="village"))
    assert [(t.before, t.after) for t in found.turns] == [(Verdict.BREACHED, Verdict.MET)]


def test_first_adoption_judges_what_nobody_judged(law: Made) -> None:
    (found,) = outcome(None, law(store("24h"), keep("6m")))
    assert {t.before for t in found.turns} == {None}
    assert found.shift is not None
    assert not found.shift.is_shortened
    assert found.shift.before is None


def test_activity_has_no_keeping_period(law: Made) -> None:
    facts = Facts(activity=ActivityFacts(type="x", officers=2))
    assert outcome(law(keep("6m")), law(keep("3m"), version="2"), Subject("活-1", facts)) == []


def test_longer_keeping_moves_later_and_shortens_nothing(law: Made) -> None:
    (found,) = outcome(law(keep("6m")), law(keep("2y"), version="2"))
    assert found.shift is not None
    assert not found.shift.is_shortened
    assert shortened_classes(law(keep("6m"), key="a"), law(keep("2y"), key="b")) == ()


def test_shorter_keeping_is_a_shortening_of_the_row_and_of_its_class(law: Made) -> None:
    before, after = law(keep("2y")), law(keep("6m"), version="2")
    (found,) = outcome(before, after)
    assert found.shift is not None
    assert found.shift.is_shortened
    (cls,) = shortened_classes(before, after)
    assert (cls.told, cls.before, cls.after) == (
        "keep", "keep：记录完成的时间起 2年（第一条）", "keep：记录完成的时间起 6个月（第一条）",
    )  # fmt: skip


def test_what_was_promised_before_binds_even_where_the_rules_say_the_same(law: Made) -> None:
    same = law(keep("6m"))
    promised = Subject("音-1", recording().facts, Promise("permanent", None))
    (found,) = outcome(same, same, promised)
    assert found.shift is not None
    assert found.shift.is_shortened
    assert found.shift.promised == Promise("permanent", None)


def test_end_of_the_only_law_shortens_every_class(law: Made) -> None:
    before = law(keep("6m"), keep("", id_="evidence", when='"recording.is_evidence"', forever="permanent"))
    assert {c.told for c in shortened_classes(before, None)} == {"keep", "evidence"}
    assert {c.after for c in shortened_classes(before, None)} == {"没有制度规定"}
    (found,) = outcome(before, None, recording(is_evidence=True))
    assert found.shift is not None
    assert found.shift.after is None
    assert found.shift.is_shortened


def test_nothing_before_is_nothing_to_shorten(law: Made) -> None:
    assert shortened_classes(None, law(keep("1d"))) == ()


@pytest.mark.parametrize(
    "when",
    [
        '"recording.is_evidence"',
        '{ fact = "recording.flags", has_any = ["mass", "major"] }',
        '{ fact = "recording.kind", one_of = ["case_area", "handover"] }',
        '{ fact = "recording.case_category", equals = "penalty" }',
        '{ fact = "recording.holds", not_empty = true }',
        '{ fact = "recording.holds", not_empty = false }',
        '{ fact = "recording.special_keep_until", present = true }',
        '{ fact = "recording.delay_reported", present = true }',
        '{ fact = "recording.flags", present = true }',
        '{ fact = "recording.numbered_at", present = false }',
        '[{ fact = "activity.officers", at_least = 3 }, "recording.in_case"]',
        '{ fact = "activity.officers", present = true }',
        '{ fact = "recording.keep_class", equals = "simple" }',
    ],
)
def test_no_condition_hides_a_shortening(law: Made, when: str) -> None:
    """Whatever a class hangs on, its shortening is found without a single recording."""
    before = law(keep("1d", id_="rest"), keep("", id_="special", when=when, forever="permanent"))
    after = law(keep("1d", id_="rest"), keep("1m", id_="special", when=when), version="2")
    told = [c.told for c in shortened_classes(before, after)]
    assert told == ([] if "activity." in when else ["special"])


TERMS = [
    Promise("until", NOON),
    Promise("until", NOON + timedelta(days=1)),
    Promise("long_term", None),
    Promise("permanent", None),
]


@pytest.mark.parametrize(("term", "other"), [(a, b) for n, a in enumerate(TERMS) for b in TERMS[:n]])
def test_every_lesser_term_ends_sooner_and_no_greater_one_does(term: Promise, other: Promise) -> None:
    assert ends_sooner(term, other)
    assert not ends_sooner(other, term)
    assert not ends_sooner(term, term)


def test_open_class_beside_a_term_suspends_it_and_shortens_nothing(law: Made) -> None:
    before, after = law(keep("6m")), law(keep("6m"), keep("", id_="open", forever="undecided"), version="2")
    (found,) = outcome(before, after)
    assert found.shift is not None
    assert (found.shift.before.rank, found.shift.after.rank) == ("until", "undecided")  # type: ignore[union-attr]
    assert not found.shift.is_shortened
    assert shortened_classes(before, after) == ()


def test_losing_a_term_is_a_shortening() -> None:
    for term in TERMS:
        assert ends_sooner(term, Promise("undecided", None))
        assert not ends_sooner(Promise("undecided", None), term)


@pytest.fixture(scope="module")
def five() -> dict[str, Rulebook]:
    keys = ("nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou")
    return {key: combine_packs([load_pack(data_folder("rulepacks") / key)]) for key in keys}


def test_packs_in_force_together_never_shorten_one_of_them(five: dict[str, Rulebook]) -> None:
    packs = [load_pack(data_folder("rulepacks") / key) for key in five]
    for pack in packs:
        alone = combine_packs([pack])
        for other in packs:
            if other is not pack:
                assert shortened_classes(alone, combine_packs([pack, other])) == ()


@given(
    st.sampled_from(["nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou"]),
    st.sampled_from(["nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou"]),
    st.sets(st.sampled_from(["obstruction", "major", "mass", "complex", "sensitive"]), max_size=2),
    st.booleans(),
    st.sampled_from(["on_scene", "case_area", "reception"]),
    st.sampled_from(["simple", "case", "other"]),
)
def test_shortened_row_always_belongs_to_a_shortened_class(
    one: str, other: str, flags: set[str], is_evidence: bool, kind: str, keep_class: str
) -> None:
    before, after = (combine_packs([load_pack(data_folder("rulepacks") / key)]) for key in (one, other))
    facts = RecordingFacts(
        kind=kind, form="video", started_at=NOON, ended_at=NOON, stored_at=NOON, activity_type="other",
        activity_ended_at=NOON, flags=frozenset(flags), is_evidence=is_evidence, in_case=False,
        case_category="penalty", holds=frozenset(), keep_class=keep_class,
    )  # fmt: skip
    old, new = (promise(keep_until(law, recording=facts)) for law in (before, after))
    if ends_sooner(old, new):
        assert shortened_classes(before, after)


def promise(keeping: Keeping) -> Promise:
    """The longest term that is settled; what is still to be decided beside it suspends it and shortens nothing."""
    terms = [ground.term for ground in keeping.grounds if ground.term.rank in ORDER]
    if not terms:
        return Promise("undecided", None)
    rank = max((term.rank for term in terms), key=ORDER.index)
    return Promise(rank, max((t.until for t in terms if t.rank == rank and t.until), default=None))


ORDER = ["until", "long_term", "permanent"]
