"""Findings: written when they say something new, withdrawn when nobody asks any more, judged again when time turns them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.apps.steps import HOUR, last_line, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework.facts import facts_of_recording
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.oversight import queries
from liuhen.apps.oversight.actions import keep_findings
from liuhen.apps.oversight.models import Finding
from liuhen.engines.rules import assess
from liuhen.engines.rules.facts import Facts, RecordingFacts
from liuhen.engines.rules.judging import Judgement
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.identifiers import new_id

STORE = "store-within-24h"
SECOND = timedelta(seconds=1)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return with_times(
        received(cast, office, at=noon + HOUR, device_serial=cast.camera.serial), noon - HOUR, noon
    )


def judged(cast: Cast, told: RecordingFacts, at: datetime) -> list[Judgement]:
    return list(assess(cast.law, facts=Facts(recording=told), now=at))


def keep(recording: Recording, judgements: list[Judgement], at: datetime) -> int:
    return keep_findings(
        recording, by=SYSTEM, unit=recording.unit, place=recording.place(), judgements=judgements, at=at
    )


def test_first_judgement_is_stored_with_article_reason_and_facts(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    assert keep(recording, judged(cast, facts_of_recording(recording), noon + HOUR), noon + HOUR) >= 1
    assert last_line().verb == "finding.judged"
    found = Finding.objects.get(rule=STORE)
    assert (found.verdict, found.article, found.clause, found.pack) == (
        "符合",
        "第二十一条",
        "SUB-21",
        "subdistrict@1",
    )
    assert found.facts["recording.ended_at"] == "2026-11-16T04:00:00.000000Z"
    assert found.asks
    assert found.reason


def test_judgement_that_says_nothing_new_writes_no_line(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    keep(recording, judged(cast, facts_of_recording(recording), noon + HOUR), noon + HOUR)
    lines, before = Line.objects.count(), list(Finding.objects.order_by("pk").values())
    for hours in (2, 200):
        at = noon + hours * HOUR
        assert keep(recording, judged(cast, facts_of_recording(recording), at), at) == 0
    assert Line.objects.count() == lines
    assert list(Finding.objects.order_by("pk").values()) == before


def test_changed_judgement_writes_one_line_and_leaves_the_others(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    keep(recording, judged(cast, facts_of_recording(recording), noon + HOUR), noon + HOUR)
    lines = Line.objects.count()
    others = dict(Finding.objects.exclude(rule=STORE).values_list("pk", "judged_at"))
    late = RecordingFacts(
        kind="on_scene", form="video", started_at=noon - HOUR, ended_at=noon, stored_at=noon + 40 * HOUR, remote_duty=False, holds=frozenset(), flags=frozenset(), is_evidence=False, in_case=False,
    )  # fmt: skip
    at = noon + 41 * HOUR
    assert keep(recording, [j for j in judged(cast, late, at) if j.rule_id == STORE], at) == 1 + len(others)
    assert Line.objects.count() == lines + 1
    found = Finding.objects.get(rule=STORE)
    assert (found.verdict, found.judged_at) == ("不符合", at)
    assert "2026-11-16 12:00" in found.reason
    assert found.mend


def test_rule_no_longer_asked_is_withdrawn_once_and_comes_back(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    told = judged(cast, facts_of_recording(recording), noon + HOUR)
    keep(recording, told, noon + HOUR)
    assert keep(recording, [], noon + 2 * HOUR) == len(told)
    assert set(Finding.objects.values_list("verdict", flat=True)) == {"不适用"}
    assert queries.findings_about([recording.pk]) == []
    lines = Line.objects.count()
    assert keep(recording, [], noon + 3 * HOUR) == 0
    assert Line.objects.count() == lines
    assert keep(recording, told, noon + 4 * HOUR) == len(told)
    assert Finding.objects.get(rule=STORE).verdict == "符合"


def test_open_term_is_judged_again_at_the_moment_it_turns(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    """Judged one hour after the end of recording: 23 hours are left, and a job stands ready for then."""
    open_one = RecordingFacts(kind="on_scene", started_at=noon - HOUR, ended_at=noon)
    told = [j for j in judged(cast, open_one, noon + HOUR) if j.rule_id == STORE]
    assert [(j.verdict.value, j.turns_at) for j in told] == [("未到期", noon + 24 * HOUR)]
    before = now()
    keep(recording, told, noon + HOUR)
    job = Job.objects.get(kind="recording.judge", line=last_line().number)
    assert job.subject == recording.pk
    wait = 23 * HOUR + SECOND
    assert before + wait <= job.run_after <= now() + wait
    keep(recording, told, noon + HOUR)
    assert Job.objects.filter(kind="recording.judge", line=last_line().number).count() == 1
    turned = [j for j in judged(cast, open_one, noon + 24 * HOUR + SECOND) if j.rule_id == STORE]
    assert [j.verdict.value for j in turned] == ["不符合"]


def test_what_must_be_mended_comes_first(cast: Cast, recording: Recording, noon: datetime) -> None:
    told = judged(cast, facts_of_recording(recording), noon + HOUR)
    keep(recording, told, noon + HOUR)
    Finding.objects.create(
        agency=cast.agency, unit=cast.team, subject_kind="x", subject=recording.pk, rule="zz", rule_kind="x", pack="x",
        clause="x", regulation="x", article="x", verdict="不符合", asks="x", reason="x", facts={}, judged_at=noon,
    )  # fmt: skip
    assert queries.findings_about([recording.pk])[0].rule == "zz"


def test_findings_are_seen_where_their_subject_is(cast: Cast, recording: Recording, noon: datetime) -> None:
    keep(recording, judged(cast, facts_of_recording(recording), noon + HOUR), noon + HOUR)
    for officer, sees in ((cast.li, True), (cast.zhou, True), (cast.zhao, True), (cast.sun, False)):
        assert queries.visible_to(as_actor(officer), at=noon).exists() is sees


def of_version(told: list[Judgement], version: str, says: str = "") -> list[Judgement]:
    """The same judgements by another version of the pack."""
    return [
        j._replace(rule=replace(j.rule, pack=replace(j.rule.pack, version=version), says=says or j.rule.says))
        for j in told
    ]


def test_later_version_that_says_the_same_writes_nothing(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    told = judged(cast, facts_of_recording(recording), noon + HOUR)
    keep(recording, told, noon + HOUR)
    before = list(Finding.objects.order_by("pk").values())
    assert keep(recording, of_version(told, "2"), noon + 2 * HOUR) == 0
    assert list(Finding.objects.order_by("pk").values()) == before


def test_later_version_that_asks_otherwise_is_named_in_the_same_row(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    told = judged(cast, facts_of_recording(recording), noon + HOUR)
    keep(recording, told, noon + HOUR)
    keys = set(Finding.objects.values_list("pk", flat=True))
    assert keep(recording, of_version(told, "2", "另一种说法"), noon + 2 * HOUR) == len(told)
    assert set(Finding.objects.values_list("pk", flat=True)) == keys
    assert set(Finding.objects.values_list("pack", "asks")) == {("subdistrict@2", "另一种说法")}


def test_rows_that_were_kept_version_by_version_stay_one_row_each(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    """Earlier each version had a row of its own: the old one goes on speaking, and steps back where its twin speaks."""
    told = [j for j in judged(cast, facts_of_recording(recording), noon + HOUR) if j.rule_id == STORE]
    keep(recording, told, noon + HOUR)
    twin = Finding.objects.get()
    twin.pk, twin.pack, twin.verdict = new_id(), "subdistrict@2", "不适用"
    twin.save(force_insert=True)
    assert keep(recording, of_version(told, "2"), noon + 2 * HOUR) == 0
    assert keep(recording, of_version(told, "2", "另一种说法"), noon + 3 * HOUR) == 1
    stand = dict(Finding.objects.values_list("pack", "verdict"))
    assert stand == {"subdistrict@1": "不适用", "subdistrict@2": "符合"}
    assert keep(recording, [], noon + 4 * HOUR) == 1
    assert keep(recording, told, noon + 5 * HOUR) == 1
    stand = dict(Finding.objects.values_list("pack", "verdict"))
    assert stand == {"subdistrict@1": "符合", "subdistrict@2": "不适用"}


def test_one_rule_speaks_once_of_one_thing(cast: Cast, recording: Recording, noon: datetime) -> None:
    """Whatever the version: the database holds to it."""
    keep(recording, judged(cast, facts_of_recording(recording), noon + HOUR), noon + HOUR)
    second = Finding.objects.get(rule=STORE)
    second.pk, second.pack = new_id(), "subdistrict@2"
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)
