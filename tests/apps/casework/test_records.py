"""笔录与音像：文书写的起止，同现场录到的起止相比；差了的，签名前更正，签名后另附说明。"""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import planned, received, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework.actions import link_recording
from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.queries import held_against
from liuhen.apps.documents import actions as documents
from liuhen.apps.documents import signing
from liuhen.apps.documents.models import Document
from liuhen.apps.journal.models import Job
from liuhen.apps.oversight import subjects
from liuhen.apps.oversight.models import Finding
from liuhen.engines.forms import load_forms
from liuhen.engines.rules import assess, combine_packs, load_pack
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.verdicts import Verdict
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed
from liuhen.server.paths import data_folder
from liuhen.server.works import works

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def fuzhou() -> Rulebook:
    return combine_packs([load_pack(data_folder("rulepacks") / "fuzhou")])


@pytest.fixture
def filmed(cast: Cast, office: Office, noon: datetime) -> Activity:
    """Two cameras, 12:00 to 12:20 and 12:10 to 12:30; a third recording only shows the street an hour later."""
    activity = planned(cast, cast.li, cast.wang, at=noon)
    for start, end in ((0, 20), (10, 30), (90, 95)):
        recording = received(cast, office, f"clip {start}".encode(), at=noon + 100 * MINUTE)
        with_times(recording, noon + start * MINUTE, noon + end * MINUTE)
        link_recording(
            activity, by=as_actor(cast.li), recording=recording, reasons=[], at=noon + 110 * MINUTE
        )
    return activity


def written(
    cast: Cast, office: Office, activity: Activity, *, begun: str, ended: str, form: str = "inspection-record"
) -> Document:
    values = {"begun": begun, "ended": ended, "place": "清河路 12 号"}
    return documents.draft_document(
        activity, by=as_actor(cast.li), officer=cast.li, unit=cast.team, form=load_forms(office.forms)[form],
        values=values, at=activity.planned_at + 120 * MINUTE,
    )  # fmt: skip


def verdicts(row: Document, law: Rulebook, at: datetime) -> list[Verdict]:
    (told,) = subjects.facts_of("document", [row], lines=(), at=at)
    return [j.verdict for j in assess(law, facts=told, now=at) if j.rule_id == "times-agree"]


@pytest.mark.clause("FZH-16.p3b")
@pytest.mark.parametrize(
    ("begun", "ended", "verdict"),
    [
        ("2026-11-16T12:00", "2026-11-16T12:30", [Verdict.MET]),
        ("2026-11-16T12:00:40+08:00", "2026-11-16T12:30", [Verdict.MET]),
        ("2026-11-16T12:05", "2026-11-16T12:30", [Verdict.BREACHED]),
        ("2026-11-16T12:00", "2026-11-16T13:00", [Verdict.BREACHED]),
        ("", "2026-11-16T12:30", [Verdict.UNKNOWN]),
        ("2026-11-17T09:00", "2026-11-17T09:30", [Verdict.UNKNOWN]),  # Nothing of it was filmed.
    ],
)
def test_record_states_the_times_its_recordings_have(
    cast: Cast, office: Office, filmed: Activity, fuzhou: Rulebook, noon: datetime,
    begun: str, ended: str, verdict: list[Verdict],
) -> None:  # fmt: skip
    row = written(cast, office, filmed, begun=begun, ended=ended)
    assert verdicts(row, fuzhou, noon) == verdict


@pytest.mark.clause("FZH-16.p3b")
def test_difference_is_explained_by_a_finalised_statement_about_the_record(
    cast: Cast, office: Office, filmed: Activity, fuzhou: Rulebook, noon: datetime
) -> None:
    row = written(cast, office, filmed, begun="2026-11-16T12:05", ended="2026-11-16T12:30")
    li, form = as_actor(cast.li), load_forms(office.forms)["statement"]
    values = {
        "matter": "起止不一",
        "activity": "一",
        "span": "一",
        "cause": "时钟",
        "facts": "设备时钟慢五分钟。",
    }
    told = documents.draft_document(
        row, by=li, officer=cast.li, unit=cast.team, form=form, values=values, at=noon
    )
    assert verdicts(row, fuzhou, noon) == [Verdict.BREACHED]
    signing.sign_document(told, by=li, officer=cast.li, role="officer", form=form, at=noon)
    documents.finalise_document(told, by=li, form=form, least={}, clause="", at=noon)
    assert verdicts(row, fuzhou, noon) == [Verdict.EXEMPT]
    assert verdicts(told, fuzhou, noon) == []  # A statement records no event.
    assert Job.objects.filter(kind="document.judge", subject=row.pk).exists()


def test_replaced_record_is_asked_nothing_any_more(
    cast: Cast, office: Office, filmed: Activity, fuzhou: Rulebook, noon: datetime
) -> None:
    row = written(cast, office, filmed, begun="2026-11-16T12:05", ended="2026-11-16T12:30")
    fresh = documents.replace_document(
        row, by=as_actor(cast.li), form=load_forms(office.forms)[row.form], at=noon
    )
    assert verdicts(row, fuzhou, noon) == []
    assert verdicts(fresh, fuzhou, noon) == [Verdict.BREACHED]


def test_what_is_held_against_a_recording_is_judged_with_it(
    cast: Cast, office: Office, filmed: Activity, noon: datetime
) -> None:
    row = written(cast, office, filmed, begun="2026-11-16T12:00", ended="2026-11-16T12:30", form="interview")
    Job.objects.all().delete()
    late = with_times(received(cast, office, b"late", at=noon), noon, noon + MINUTE)
    assert held_against(late.pk) == []
    link_recording(filmed, by=as_actor(cast.li), recording=late, reasons=[], at=noon)
    assert set(Job.objects.values_list("kind", "subject")) >= {
        ("document.judge", row.pk),
        ("activity.judge", filmed.pk),
    }
    assert held_against(late.pk) == [("activity", filmed.pk), ("document", row.pk)]


def test_activity_is_judged_again_when_the_times_of_its_film_become_known(
    cast: Cast, office: Office, noon: datetime
) -> None:
    """Linked before the look into the file: what is held against its times waits for them, and follows in the film's own job."""
    activity = planned(cast, cast.li, at=noon)
    film = received(cast, office, b"unseen", at=noon)
    link_recording(activity, by=as_actor(cast.li), recording=film, reasons=[], at=noon)
    row = written(
        cast, office, activity, begun="2026-11-16T12:00", ended="2026-11-16T12:30", form="interview"
    )
    for kind, key in (("recording", film.pk), ("activity", activity.pk), ("document", row.pk)):
        works(office)[f"{kind}.judge"](key)
    before = {f.pk: f.facts for f in Finding.objects.filter(subject=activity.pk)}
    with_times(film, noon, noon + 30 * MINUTE)
    works(office)["recording.judge"](film.pk)
    changed = [f for f in Finding.objects.filter(subject=activity.pk) if f.facts != before.get(f.pk)]
    assert changed
    assert all("12:00" in f.reason or f.facts.get("activity.recorded") for f in changed)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"begun": "vorhin"}, "“检查开始”不是一个时间：vorhin"),
        ({"findings": "见" * 4001}, "“检查情况”最多 4000 字，现有 4001 字"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_cut(
    cast: Cast, office: Office, noon: datetime, values: dict[str, str], says: str
) -> None:
    activity, form = planned(cast, cast.li, at=noon), load_forms(office.forms)["inspection-record"]
    with pytest.raises(Malformed, match=says):
        documents.draft_document(
            activity, by=as_actor(cast.li), officer=cast.li, unit=cast.team, form=form, values=values, at=noon
        )
    assert not Document.objects.exists()
