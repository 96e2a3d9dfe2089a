"""An officer's day, from the hand-out of the camera to the finding; through the same actions and jobs as in the office.

赵 hands out, 李 and 王 inspect, the station docks the card, the worker works, 李 links, the law judges; the twin comes
forty hours late; 孙 of the other agency sees nothing; at the end everything is read again and nothing is wrong.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.steps import handed_out, named, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import view_recording
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import queries as activities
from liuhen.apps.casework.facts import facts_of_activity
from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.actions import enroll_station, take_back
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import queries as recordings
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.journal import actions as journal
from liuhen.apps.journal.jobs import run_next
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.journal.queries import trail
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight import queries as findings
from liuhen.apps.retention.queries import keeping_of
from liuhen.engines.ledger import Receipt, Verifier
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.engines.rules import timeline
from liuhen.interfaces.cli.verify import verify_all
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import BEIJING
from liuhen.server import works

MORNING = datetime(2026, 11, 16, 8, 30, tzinfo=BEIJING)
ARRIVED = datetime(2026, 11, 16, 9, 10, tzinfo=BEIJING)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LENGTH = 12 * SECOND


@dataclass
class Clock:
    """The office's clock, moved by the story alone."""

    moment: datetime = MORNING

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    told = Clock()
    monkeypatch.setattr(works, "now", told)
    monkeypatch.setattr(journal, "now", told)
    return told


@dataclass
class Day:
    """The story's house: its people, its office, its clock."""

    cast: Cast
    office: Office
    clock: Clock
    station: Actor

    def works_off(self) -> list[str]:
        """The worker does everything that is due; what failed would fail this test."""
        table = works.works(self.office)
        before = set(Job.objects.filter(state=Job.State.DONE).values_list("pk", flat=True))
        while run_next(table, clock=self.clock):
            pass
        assert not Job.objects.filter(state=Job.State.FAILED).exists()
        assert list(Job.objects.exclude(reason="").values_list("reason", flat=True)) == []
        done = Job.objects.filter(state=Job.State.DONE).exclude(pk__in=before)
        return sorted(done.values_list("kind", flat=True))

    def docks(self, path: Path, *, at: datetime) -> Recording:
        """The station brings the card's file and the digest it made before any network."""
        self.clock.moment = at
        return received(
            self.cast, self.office, path, at=at, name=path.name, by=self.station, path=f"DCIM/{path.name}",
            expect=evidence.Digest(_sha256(path)),
        )  # fmt: skip

    def receipt(self, recording: Recording) -> Receipt:
        """What the station gets, checked with nothing but the public key it was given on paper."""
        fresh = Recording.objects.get(pk=recording.pk)
        told = json.dumps(receipt_of(fresh, signer=self.office.signer, log_name=self.office.log.origin))
        return Receipt.opened(json.loads(told), Verifier.parse(str(self.office.signer.verifier)))

    def verdict(self, subject: Recording | Activity, rule: str) -> findings.Finding:
        (found,) = [f for f in findings.findings_about([subject.pk]) if f.rule == rule]
        return found


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def day(cast: Cast, office: Office, clock: Clock) -> Day:
    station, _ = enroll_station(cast.team, by=OPERATOR, name="A-01", at=MORNING)
    return Day(cast, office, clock, Actor("station", station.pk, "采集站 A-01"))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cameras film the same twelve seconds: the one 李 wears and the one 王 wears."""
    folder = tmp_path_factory.mktemp("card")
    for seed in (1, 2):
        plan = Clip(ARRIVED + 5 * SECOND, seconds=12, size=(320, 180), seed=seed, label="执法记录仪")
        make_clip(folder / f"{seed}.mp4", plan)
    return folder


def as_named(films: Path, seed: int, name: str) -> Path:
    path = films / name
    if not path.exists():
        path.hardlink_to(films / f"{seed}.mp4")
    return path


def inspect_the_street(day: Day) -> tuple[Activity, Activity]:
    """李 and 王 inspect; another activity of the same morning stands beside."""
    cast, by = day.cast, as_actor(day.cast.li)
    plan = casework.Plan(
        "onsite_enforcement", "占道经营检查", "清河路 12 号", ARRIVED, [cast.li, cast.wang], flags=["liberty"], acts=["questioning"],
    )  # fmt: skip
    activity = casework.plan_activity(cast.team, by=by, plan=plan, law=cast.law, at=day.clock())
    beside = casework.Plan(
        "onsite_enforcement", "工地检查", "石桥路", ARRIVED + 2 * HOUR, [cast.wang, cast.zhang]
    )
    other = casework.plan_activity(
        cast.team, by=as_actor(cast.wang), plan=beside, law=cast.law, at=day.clock()
    )
    for device, officer in ((cast.camera, cast.li), (cast.spare, cast.wang)):
        casework.declare_recording(activity, by=by, device=device, officer=officer, at=ARRIVED)
    day.clock.moment = ARRIVED + HOUR
    casework.note_activity(
        activity, by=by, at=day.clock(), arrived_at=ARRIVED, started_at=ARRIVED + 5 * SECOND,
        ended_at=ARRIVED + 5 * SECOND + LENGTH, announced=True, objected=False, suspect_brought_back=False, carriers=2,
        checklist=[line.code for line in cast.law.checklist],
    )  # fmt: skip
    return activity, other


def test_officers_day_from_hand_out_to_finding(
    day: Day, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cast, by = day.cast, as_actor(day.cast.li)

    # 08:30 赵 checks two cameras and hands them out.
    loan = handed_out(cast, cast.li, at=MORNING)
    twin_loan = handed_out(cast, cast.wang, at=MORNING, device=cast.spare)
    assert devices.loan_at(cast.camera.pk, ARRIVED) == loan

    # 09:10 The inspection, declared on the spot; no file has come yet, and that is no breach.
    activity, _ = inspect_the_street(day)
    day.works_off()
    assert day.verdict(activity, "record-in-full").verdict == "未到期"
    take_back(loan, by=as_actor(cast.zhao), content="占道检查一段", at=day.clock())
    take_back(twin_loan, by=as_actor(cast.zhao), content="占道检查一段", at=day.clock())

    # 11:30 The card of 李's camera is docked. The receipt says stored, and after the medium was read again, verified.
    film = as_named(films, 1, named(cast.camera, cast.li, "20261116091005"))
    recording = day.docks(film, at=ARRIVED + 2 * HOUR)
    assert (recording.officer, recording.device, recording.quarantine) == (cast.li, cast.camera, "")
    stored = day.receipt(recording)
    assert (stored.state, stored.digest.sha256, stored.size) == ("stored", _sha256(film), film.stat().st_size)
    assert Line.objects.get(number=stored.line).verb == "recording.received"
    done = day.works_off()
    assert done.count("recording.verify") == done.count("recording.inspect") == 1
    assert day.receipt(recording).state == "verified"

    # The machine looked into the file: what it is, when it was, and a picture for the list.
    recording = Recording.objects.get(pk=recording.pk)
    assert (recording.form, recording.started_at) == ("video", ARRIVED + 5 * SECOND)
    assert recording.ended_at is not None
    assert abs(recording.ended_at - recording.started_at - LENGTH) < SECOND
    assert recordings.derived_of(recording.pk, "thumbnail") is not None
    assert day.verdict(recording, "store-within-24h").verdict == "符合"

    # 李 is offered the right activity first, with reasons, and confirms.
    first = suggestions_for(recording)[0]
    assert (first.activity, first.likelihood) == (activity, "很可能")
    says = [reason.says for reason in first.reasons]
    assert "使用人李参加了这次活动" in says
    assert "现场申报的正是这台设备" in says
    casework.link_recording(activity, by=by, recording=recording, reasons=says, at=day.clock())
    assert activity not in [s.activity for s in suggestions_for(recording)]
    day.works_off()

    # The law judges: told, filmed from beginning to end, every item shown.
    judged = {f.rule: f.verdict for f in findings.findings_about([activity.pk])}
    assert judged["record-in-full"] == judged["whole-process"] == "符合"
    assert judged["announcement"] == judged["content-checklist"] == "符合"
    drawn = timeline(
        cast.law, activity=facts_of_activity(Activity.objects.get(pk=activity.pk)), now=day.clock()
    )
    assert drawn.missing == ()
    keeping = keeping_of(recording.pk)
    assert keeping is not None
    assert (keeping.rank, keeping.label) == (
        "undecided",
        "未定",
    )  # the agency has set no term: nothing may go

    # Forty hours later the twin comes: late, with the article and the times.
    twin_film = as_named(films, 2, named(cast.spare, cast.wang, "20261116091005"))
    twin = day.docks(twin_film, at=ARRIVED + 40 * HOUR)
    assert (twin.officer, twin.quarantine) == (cast.wang, "")
    day.works_off()
    late = day.verdict(twin, "store-within-24h")
    assert (late.verdict, late.article, late.clause) == ("不符合", "第二十一条", "SUB-21")
    for part in ("2026-11-16 09:10", "2026-11-18 01:10", "第二十一条"):
        assert part in late.reason
    assert "返回时间" in late.mend

    # 王 says why: he was on remote duty and came back ten hours before. The relief of the same article carries.
    lateness = evidence.Lateness(
        "在边远村组连续执勤", "remote", returned_at=ARRIVED + 30 * HOUR, reported=True
    )
    evidence.note_late(twin, by=as_actor(cast.wang), lateness=lateness, at=day.clock())
    day.works_off()
    eased = day.verdict(twin, "store-within-24h")
    assert (eased.verdict, eased.clause, eased.mend) == ("符合", "SUB-21.a", "")
    assert "返回单位的时间" in eased.reason
    story = [entry.verb for entry in trail([eased.pk])][::-1]
    assert story == ["finding.judged", "finding.judged"]  # 不符合, then 符合: both stay in the journal

    # 孙 of the other agency sees nothing of all this, and his asking is a line.
    stranger, at = as_actor(cast.sun), day.clock()
    assert not recordings.visible_to(stranger, at=at).exists()
    assert not activities.activities_visible_to(stranger, at=at).exists()
    assert not findings.visible_to(stranger, at=at).exists()
    assert not devices.visible_to(stranger, at=at).exists()
    refused(lambda: view_recording(recording, by=stranger, officer=cast.sun, at=at), says="权限")
    view_recording(recording, by=by, officer=cast.li, at=at)

    # At the end everything is sealed and read again, and nothing is wrong.
    assert seal(day.office.log, at=at) == Line.objects.count()
    with pytest.raises(SystemExit) as ended:
        verify_all(day.office, quick=False, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"ok": True, "faults": []}
    assert ended.value.code == 0
    verbs = [entry.verb for entry in trail([recording.pk])][::-1]
    assert verbs == [
        "recording.received", "recording.verified", "recording.inspected", "recording.linked", "recording.viewed",
    ]  # fmt: skip
