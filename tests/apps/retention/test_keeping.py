"""Keeping periods: derived, with the reason and its article, and by themselves only ever longer."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, received
from tests.cast import Cast, as_actor

from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.retention import actions as retention
from liuhen.apps.retention.actions import derive_keeping
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.apps.retention.queries import fell_due, keeping_of
from liuhen.engines.rules.keeping import Ground, Keeping
from liuhen.engines.rules.kinds.keeping_period import Term
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.citations import Citation

ARTICLE = Citation("行政执法全过程记录办法", "第二十五条第三款", "SUB-25.p3")
YEAR = timedelta(days=365)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return received(cast, office, at=noon)


def keep(rank: Any, until: datetime | None = None, why: str = "一般音像记录") -> Keeping:
    return Keeping(rank, until, (Ground(Term(rank, until, why), ARTICLE),))


def derive(
    recording: Recording, keeping: Keeping, at: datetime, packs: str = "subdistrict@1"
) -> KeepingPeriod:
    return derive_keeping(recording, by=SYSTEM, keeping=keeping, packs=packs, at=at)


def test_first_term_is_stored_with_reason_and_article(recording: Recording, noon: datetime) -> None:
    held = derive(recording, keep("until", noon + YEAR), noon)
    assert (held.rank, held.label, held.until) == ("until", "定期", noon + YEAR)
    assert (held.regulation, held.article, held.pack) == (
        ARTICLE.regulation,
        ARTICLE.article,
        "subdistrict@1",
    )
    assert held.reason.startswith("一般音像记录（第二十五条第三款），保存至 2027-11-16")
    assert last_line().verb == "keeping.derived"
    assert keeping_of(recording.pk) == held


def test_same_term_again_changes_nothing(recording: Recording, noon: datetime) -> None:
    derive(recording, keep("until", noon + YEAR), noon)
    lines = Line.objects.count()
    derive(recording, keep("until", noon + YEAR), noon + YEAR / 2)
    assert Line.objects.count() == lines


def test_longer_term_takes_the_place_of_a_shorter(recording: Recording, noon: datetime) -> None:
    derive(recording, keep("until", noon + YEAR), noon)
    derive(recording, keep("until", noon + 2 * YEAR, "证据"), noon)
    held = KeepingPeriod.objects.get()
    assert (held.until, held.shorter_until) == (noon + 2 * YEAR, None)
    assert held.reason.startswith("证据")


def test_longer_term_promised_by_another_worker_meanwhile_is_not_lost(
    recording: Recording, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the pen another worker promised ten years: one year must not overwrite it."""
    derive(recording, keep("until", noon + YEAR / 2), noon)
    pen = retention.act

    def overtaken(*args: Any, **told: Any) -> Any:
        monkeypatch.setattr(retention, "act", pen)
        derive(recording, keep("until", noon + 10 * YEAR, "证据"), noon)
        return pen(*args, **told)

    monkeypatch.setattr(retention, "act", overtaken)
    derive(recording, keep("until", noon + YEAR), noon)
    held = KeepingPeriod.objects.get()
    assert (held.until, held.promised_until, held.shorter_until) == (
        noon + 10 * YEAR,
        noon + 10 * YEAR,
        noon + YEAR,
    )


def test_shorter_term_is_noted_and_not_applied(recording: Recording, noon: datetime) -> None:
    derive(recording, keep("until", noon + 2 * YEAR, "证据"), noon)
    for _ in range(2):
        derive(recording, keep("until", noon + YEAR), noon)
        held = KeepingPeriod.objects.get()
        assert (held.until, held.shorter_until) == (noon + 2 * YEAR, noon + YEAR)
        assert held.reason.startswith("证据")
    lines = Line.objects.filter(verb="keeping.derived").count()
    assert lines == 2
    derive(recording, keep("until", noon + 3 * YEAR), noon)
    held = KeepingPeriod.objects.get()
    assert (held.until, held.shorter_until) == (noon + 3 * YEAR, None)


@pytest.mark.parametrize("rank", ["permanent", "long_term"])
def test_nothing_with_a_term_takes_the_place_of_what_has_none(
    recording: Recording, noon: datetime, rank: str
) -> None:
    derive(recording, keep(rank), noon)
    derive(recording, keep("until", noon + 100 * YEAR), noon)
    held = KeepingPeriod.objects.get()
    assert (held.rank, held.until, held.shorter_until) == (rank, None, noon + 100 * YEAR)


@pytest.mark.parametrize("rank", ["undecided", "held"])
def test_undecided_is_replaced_once_there_is_a_term(recording: Recording, noon: datetime, rank: str) -> None:
    derive(recording, keep(rank, why="所属案件尚未办结"), noon)
    derive(recording, keep("until", noon + YEAR), noon)
    held = KeepingPeriod.objects.get()
    assert (held.rank, held.until, held.shorter_until) == ("until", noon + YEAR, None)


@pytest.mark.parametrize("between", ["undecided", "held"])
def test_term_does_not_become_shorter_by_way_of_no_term(
    recording: Recording, noon: datetime, between: str
) -> None:
    """An open case suspends the term; when it ends, the earlier promise still stands."""
    derive(recording, keep("until", noon + 2 * YEAR, "证据"), noon)
    derive(recording, keep(between, why="所属案件尚未办结"), noon)
    assert KeepingPeriod.objects.get().rank == between
    lines = Line.objects.count()
    derive(recording, keep(between, why="所属案件尚未办结"), noon)
    assert Line.objects.count() == lines
    derive(recording, keep("until", noon + YEAR), noon)
    held = KeepingPeriod.objects.get()
    assert (held.rank, held.until, held.shorter_until) == ("until", noon + 2 * YEAR, noon + YEAR)


def test_reason_without_article_is_the_houses_own(recording: Recording, noon: datetime) -> None:
    term = Term("held", None, "有未终结的事项：复议")
    held = derive(recording, Keeping("held", None, (Ground(term, None),)), noon)
    assert (held.regulation, held.article, held.reason) == ("", "", "有未终结的事项：复议。")


@pytest.mark.parametrize(
    ("before", "after"), [("permanent", "long_term"), ("permanent", "until"), ("long_term", "until")]
)
def test_rank_does_not_fall_by_way_of_no_term_either(
    recording: Recording, noon: datetime, before: str, after: str
) -> None:
    end = noon + YEAR if after == "until" else None
    for between in ("undecided", None):
        derive(recording, keep(before), noon)
        if between:
            derive(recording, keep(between), noon)
        derive(recording, keep(after, end), noon)
        held = KeepingPeriod.objects.get()
        assert (held.rank, held.until, held.shorter_until) == (before, None, end)
        lines = Line.objects.count()
        derive(recording, keep(after, end), noon)
        assert Line.objects.count() == lines


def test_what_falls_due_is_told_from_its_stored_end_to_those_who_may_know_of_it(
    cast: Cast, office: Office, noon: datetime
) -> None:
    """From the first moment of the day to before the first of the next; what is held or permanent never."""
    day = timedelta(days=1)
    ends = {
        "first": keep("until", noon), "last": keep("until", noon + day - timedelta(microseconds=1)), "next": keep("until", noon + day),
        "before": keep("until", noon - timedelta(microseconds=1)), "held": keep("held"), "ever": keep("permanent"),
    }  # fmt: skip
    made = {name: received(cast, office, at=noon, content=name.encode()) for name in ends}
    for name, keeping in ends.items():
        derive(made[name], keeping, noon - YEAR)

    def seen(viewer: Any) -> set[Any]:
        visible = evidence.visible_to(as_actor(viewer), at=noon)
        return set(fell_due(visible, since=noon, until=noon + day).values_list("pk", flat=True))

    assert seen(cast.zhao) == {made["first"].pk, made["last"].pk}
    assert seen(cast.sun) == set()
