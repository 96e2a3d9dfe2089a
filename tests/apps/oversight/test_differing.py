"""A round decides recordings by thousands, as columns. What it passes over must be what one by one says nothing new of."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.apps.registry.test_law import adopt
from tests.apps.steps import opened_case, planned, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.models import Activity, Link
from liuhen.apps.evidence.actions import Lateness, note_late
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.oversight import rounds
from liuhen.apps.oversight.actions import compared
from liuhen.apps.oversight.differing import differing
from liuhen.apps.oversight.models import Finding
from liuhen.apps.oversight.subjects import facts_of, rows_of
from liuhen.apps.registry.adopting import activation, change_law
from liuhen.apps.registry.law import law_of
from liuhen.apps.retention.actions import says_nothing_new
from liuhen.apps.retention.models import KeepingPeriod
from liuhen.engines.rules import assess, keep_until
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.identifiers import new_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNT = 10
WORDS = "音像记录完成后 24 小时内存入"


@pytest.fixture(params=["subdistrict", "beside fuzhou"])
def law(request: pytest.FixtureRequest, cast: Cast, office: Office, noon: datetime) -> Rulebook:
    """The agency's law alone, and with a second regulation beside it."""
    if request.param == "subdistrict":
        return cast.law
    change = activation(office.packs / "fuzhou", since=noon)
    change_law(cast.agency, change, by=as_actor(cast.chen), packs=office.packs, at=noon)
    return law_of(cast.agency.pk, packs=office.packs, at=noon)


@pytest.fixture
def many(cast: Cast, office: Office, noon: datetime) -> list[Recording]:
    """Recordings in time and late, of an activity and of none, of an open case and of none; one without any times."""
    activity = planned(cast, cast.li, at=noon - DAY)
    case = opened_case(cast, at=noon - DAY)
    in_case = planned(cast, cast.li, at=noon - DAY)
    Activity.objects.filter(pk=in_case.pk).update(case=case)
    found = [received(cast, office, at=noon, content=f"clip {n}".encode()) for n in range(COUNT)]
    for place, recording in enumerate(found[1:]):
        end = noon - place * 6 * HOUR
        with_times(recording, end - HOUR, end)
        if place % 3:
            to = activity if place % 3 == 1 else in_case
            casework.link_recording(
                to, by=as_actor(cast.li), recording=recording, reasons=["时间重合"], at=noon + HOUR
            )
    return found


def round_of(cast: Cast, law: Rulebook, at: datetime, packs: str = "x") -> int:
    """A whole round; how many findings changed."""
    row, changed = rounds.begin_round(cast.agency, by=SYSTEM, at=at), 0
    while row.finished_at is None:
        changed += rounds.go_on(row, by=SYSTEM, law=law, packs=packs, at=at)
    return changed


def one_by_one(cast: Cast, law: Rulebook, at: datetime, packs: str = "x") -> set[str]:
    """The numbers of the recordings of which judging each by itself would write something."""
    rows, found = list(rows_of("recording", cast.agency.pk)), set()
    for row, told in zip(rows, facts_of("recording", rows, lines=(), at=at), strict=True):
        held = list(Finding.objects.filter(subject=row.pk))
        _, changed, withdrawn = compared(row, row.unit, held, assess(law, facts=told, now=at), at)
        keeping = KeepingPeriod.objects.filter(recording=row).first()
        assert told.recording is not None
        derived = keep_until(law, recording=told.recording)
        if (
            changed
            or withdrawn
            or not keeping
            or not says_nothing_new(keeping, keeping=derived, packs=packs, at=at)
        ):
            found.add(row.number)
    return found


def by_columns(cast: Cast, law: Rulebook, at: datetime, packs: str = "x") -> set[str]:
    rows = list(rows_of("recording", cast.agency.pk))
    told = facts_of("recording", rows, lines=(), at=at)
    return {rows[place].number for place in differing(rows, told, law=law, packs=packs, at=at)}


def test_where_nothing_has_changed_no_recording_is_judged_by_itself(
    cast: Cast, law: Rulebook, many: list[Recording], noon: datetime
) -> None:
    assert len(by_columns(cast, law, noon + 2 * HOUR)) == COUNT
    assert round_of(cast, law, noon + 2 * HOUR) > 0
    assert one_by_one(cast, law, noon + 2 * HOUR) == set()
    assert by_columns(cast, law, noon + 2 * HOUR) == set()
    lines = Line.objects.count()
    assert round_of(cast, law, noon + 2 * HOUR) == 0
    verbs = set(Line.objects.filter(number__gt=lines).values_list("verb", flat=True))
    assert verbs == {"round.started", "round.advanced"}


def _moved(row: Recording, cast: Cast, at: datetime) -> None:
    Recording.objects.filter(pk=row.pk).update(ended_at=at - 40 * HOUR, started_at=at - 41 * HOUR)


def _late(row: Recording, cast: Cast, at: datetime) -> None:
    told = Lateness(reason="山里", circumstance="remote", returned_at=row.received_at - HOUR, reported=True)
    note_late(row, by=as_actor(cast.li), lateness=told, at=at)


def _marked(row: Recording, cast: Cast, at: datetime) -> None:
    link = Link.objects.filter(recording=row).first()
    if link is not None:
        Activity.objects.filter(pk=link.activity_id).update(flags=["major"])


def _gone(row: Recording, cast: Cast, at: datetime) -> None:
    Finding.objects.filter(pk=Finding.objects.filter(subject=row.pk)[0].pk).update(rule="gone")


def _withdrawn(row: Recording, cast: Cast, at: datetime) -> None:
    Finding.objects.filter(pk=Finding.objects.filter(subject=row.pk)[0].pk).update(verdict="不适用")


def _of_old_version(row: Recording, cast: Cast, at: datetime) -> None:
    """Judged under a version of which no copy was kept: what it asked nobody can tell."""
    Finding.objects.filter(subject=row.pk, pack="subdistrict@1").update(pack="subdistrict@0")


def _once_of_old_version(row: Recording, cast: Cast, at: datetime) -> None:
    old = Finding.objects.filter(subject=row.pk)[0]
    old.pk, old.pack, old.verdict = new_id(), "subdistrict@0", "不适用"
    old.save(force_insert=True)


def _kept_shorter(row: Recording, cast: Cast, at: datetime) -> None:
    KeepingPeriod.objects.filter(recording=row).update(shorter_until=at)


def _kept_otherwise(row: Recording, cast: Cast, at: datetime) -> None:
    KeepingPeriod.objects.filter(recording=row).update(reason="别的理由。")


def _kept_until_later(row: Recording, cast: Cast, at: datetime) -> None:
    KeepingPeriod.objects.filter(recording=row, rank="until").update(until=at + 9999 * DAY)


def _kept_undecided(row: Recording, cast: Cast, at: datetime) -> None:
    KeepingPeriod.objects.filter(recording=row).update(rank="undecided", label="未定", until=None)


CHANGES: list[Callable[[Recording, Cast, datetime], None]] = [
    _moved, _late, _marked, _gone, _withdrawn, _of_old_version, _once_of_old_version, _kept_shorter, _kept_otherwise, _kept_until_later, _kept_undecided,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("later", [timedelta(), 5 * HOUR, 400 * DAY], ids=["now", "later", "long after"])
def test_what_columns_pass_over_one_by_one_passes_over_too(
    cast: Cast, law: Rulebook, many: list[Recording], noon: datetime, seed: int, later: timedelta
) -> None:
    """Any mixture of changes, at once or long after: no row is missed, and the round leaves nothing to be said."""
    chance, at = Random(seed), noon + 2 * HOUR + later
    round_of(cast, law, noon + 2 * HOUR)
    for change in chance.sample(CHANGES, 4):
        row = chance.choice(many)
        row.refresh_from_db()
        if Finding.objects.filter(subject=row.pk).exists():
            change(row, cast, at)
    told = one_by_one(cast, law, at)
    assert told <= by_columns(cast, law, at)
    assert told or later or seed
    round_of(cast, law, at)
    assert one_by_one(cast, law, at) == set()


def test_other_words_of_a_rule_are_noticed_by_its_witnesses(
    cast: Cast, law: Rulebook, many: list[Recording], noon: datetime
) -> None:
    """An office's own setting changes words and terms without a new version of the pack."""
    at = noon + 2 * HOUR
    round_of(cast, law, at)
    rules = tuple(replace(rule, settings=("own",)) for rule in law.by_subject["recording"])
    changed = replace(law, by_subject={**law.by_subject, "recording": rules})
    assert len(one_by_one(cast, changed, at)) == COUNT
    assert len(by_columns(cast, changed, at)) == COUNT


def test_keeping_period_that_another_law_derives_alike_stays_as_it_is(
    cast: Cast, law: Rulebook, many: list[Recording], noon: datetime
) -> None:
    round_of(cast, law, noon + 2 * HOUR, packs="x")
    assert by_columns(cast, law, noon + 2 * HOUR, packs="y") == set()
    assert one_by_one(cast, law, noon + 2 * HOUR, packs="y") == set()
    assert set(KeepingPeriod.objects.values_list("pack", flat=True)) == {"x"}


def test_version_with_the_same_rules_passes_over_every_recording(
    cast: Cast, office: Office, many: list[Recording], noon: datetime, tmp_path: Path
) -> None:
    """Nothing is written but the round: each finding still names the version under which it was judged."""
    at = noon + 2 * HOUR
    round_of(cast, cast.law, at)
    before = list(Finding.objects.order_by("pk").values())
    law = next_version(cast, office, tmp_path, at, {})
    assert by_columns(cast, law, at) == set() == one_by_one(cast, law, at)
    assert round_of(cast, law, at, packs="subdistrict@2") == 0
    assert list(Finding.objects.order_by("pk").values()) == before


def test_version_with_another_wording_is_judged_row_by_row_where_that_rule_speaks(
    cast: Cast, office: Office, many: list[Recording], noon: datetime, tmp_path: Path
) -> None:
    """Three witnesses would not do: a version may change words that few rows have."""
    at = noon + 2 * HOUR
    round_of(cast, cast.law, at)
    law = next_version(cast, office, tmp_path, at, {WORDS: f"每段{WORDS}"})
    told = set(Finding.objects.filter(rule="store-within-24h").values_list("subject", flat=True))
    expected = {row.number for row in many if row.pk in told}
    assert expected <= by_columns(cast, law, at)
    assert one_by_one(cast, law, at) == expected
    assert round_of(cast, law, at) == len(expected)
    spoken = Finding.objects.filter(rule="store-within-24h")
    assert set(spoken.values_list("pack", flat=True)) == {"subdistrict@2"}
    assert set(Finding.objects.exclude(rule="store-within-24h").values_list("pack", flat=True)) == {
        "subdistrict@1"
    }


def next_version(cast: Cast, office: Office, folder: Path, at: datetime, changes: dict[str, str]) -> Rulebook:
    """Version 2 of the pack, adopted."""
    packs = folder / "packs"
    shutil.copytree(office.packs / "subdistrict", packs / "subdistrict")
    pack = packs / "subdistrict" / "pack.toml"
    text = re.sub(r'(version\s*= )"1"', r'\1"2"', pack.read_text(), count=1)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    pack.write_text(text)
    adopt(cast, packs, since=at)
    return law_of(cast.agency.pk, packs=packs, at=at)


def test_act_stays_short_when_everything_is_new_and_passes_thousands_when_nothing_is(
    cast: Cast, law: Rulebook, many: list[Recording], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = noon + 2 * HOUR
    monkeypatch.setattr(rounds, "BATCH", 3)
    row, steps = rounds.begin_round(cast.agency, by=SYSTEM, at=at), []
    while row.part == "recording":
        rounds.go_on(row, by=SYSTEM, law=law, packs="x", at=at)
        steps.append(row.done)
    assert steps == [3, 6, 9, COUNT]
    _moved(many[1], cast, at)
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=at)
    assert rounds.go_on(row, by=SYSTEM, law=law, packs="x", at=at) > 0
    assert (row.part, row.done) == ("activity", COUNT)
