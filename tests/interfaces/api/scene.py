"""A small office for the tests of the API: the cast with accounts, one activity with its recording, one of each thing.

Everything is made by the rooms' own actions; `Door` is a browser without a page: it keeps cookies and sends the token.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.test import Client

from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.approval.actions import ChainStep
from liuhen.apps.approval.models import Request
from liuhen.apps.archive import volumes
from liuhen.apps.archive.models import Disc, DiscImage, DiscItem, DiscSet, Volume
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.models import (
    Activity,
    Case,
    CaseParty,
    Exemption,
    Intake,
    Interruption,
    Recusal,
    Stay,
)
from liuhen.apps.casework.parties import enter_party
from liuhen.apps.casework.receiving import Coming, enter_intake
from liuhen.apps.casework.recusing import ask_recusal
from liuhen.apps.casework.stages import move_case
from liuhen.apps.casework.stays import bring_in
from liuhen.apps.devices import actions as devices
from liuhen.apps.devices import entries, rooms
from liuhen.apps.devices.models import Device, Loan, Room, Station, StorageMedium, Vehicle
from liuhen.apps.documents import actions as documents
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import CardList, Recording, Upload
from liuhen.apps.oversight import examining
from liuhen.apps.oversight.liability import Statement, state_fact
from liuhen.apps.oversight.models import Examination, Training, UnitRule
from liuhen.apps.oversight.records import NewRule, enter_rule, plan_training
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.retention.holds import Grounds, place_hold
from liuhen.apps.retention.models import DisposalList, Hold
from liuhen.engines.forms import load_forms
from liuhen.engines.media.synthetic import Clip as Film
from liuhen.engines.media.synthetic import make_clip
from liuhen.interfaces.api.timelines import truth_of
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import BEIJING, as_utc_text, now
from liuhen.kernel.identifiers import new_id
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.cast import LONG_AGO, Cast, as_actor

PASSWORD = "kxm7-qwe9-rty3-plm5"


@dataclass
class Scene:
    """李's day: a camera on loan, an activity an hour ago, its recording linked, one of each paper about it."""

    office: Office
    cast: Cast
    people: dict[str, Officer]
    activity: Activity
    recording: Recording
    loose: Recording
    strange: Recording
    case: Case
    loan: Loan
    upload: Upload
    start: datetime
    interruption: Interruption | None = None
    exemption: Exemption | None = None
    document: Document | None = None
    request: Request | None = None
    station: Station | None = None
    package: Package | None = None
    room: Room | None = None
    vehicle: Vehicle | None = None
    medium: StorageMedium | None = None
    hold: Hold | None = None
    disposal: DisposalList | None = None
    volume: Volume | None = None
    disc: Disc | None = None
    intake: Intake | None = None
    stay: Stay | None = None
    recusal: Recusal | None = None
    party: CaseParty | None = None

    @property
    def device(self) -> Device:
        return self.loan.device


@cache
def film() -> bytes:
    """Twenty seconds of a small picture, made once; each recording's file name says when it began."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_clip(path, Film(starts_at=LONG_AGO, seconds=20.0, size=(160, 90), frames_per_second=2))
        return path.read_bytes()


def make_scene(office: Office, cast: Cast, *, activity_type: str = "onsite_enforcement") -> Scene:
    """Played an hour ago, so that nothing is due yet. One recording was looked into; the others wait for it."""
    people = open_accounts(cast)
    start = (now() - timedelta(hours=1)).replace(microsecond=0)
    li, by = cast.li, as_actor(cast.li)
    case = casework.open_case(
        cast.team, by=by, category="penalty", start_mode="ex_officio", cause="占用道路", party="钱某", officer=li, at=start - timedelta(hours=1)
    )  # fmt: skip
    loan = _hand_out(cast, start)
    plan = casework.Plan(
        activity_type=activity_type, subject="占道经营巡查", place_text="清河东路", planned_at=start,
        officers=[li, cast.wang], case=case, flags=["liberty"],
    )  # fmt: skip
    activity = casework.plan_activity(cast.team, by=by, plan=plan, law=cast.law, at=start)
    casework.note_activity(
        activity, by=by, at=start, arrived_at=start, started_at=start, ended_at=start + timedelta(minutes=5),
        announced=True, objected=False, carriers=2, suspect_brought_back=False,
    )  # fmt: skip
    content = film()
    recording = _receive(office, cast, content, start, serial="7000001", number=li.number)
    loose = _receive(office, cast, content, start, serial="7000002", number=cast.wang.number)
    strange = _receive(office, cast, content, start, serial="9999999", number=li.number, by=cast.wang)
    casework.link_recording(
        activity, by=by, recording=recording, reasons=["使用人参加"], at=start + timedelta(minutes=30)
    )
    works(office)["recording.inspect"](recording.pk)
    Worker(office).drain(leave=("recording.inspect",))
    for row in (recording, loose, strange, activity):
        row.refresh_from_db()
    upload = evidence.open_upload(
        by=by, clip=evidence.Clip(unit=cast.team, name="a.mp4"), size=9, declared={"filename": "a.mp4"},
        expires_at=now() + timedelta(days=7), at=now(),
    )  # fmt: skip
    return Scene(
        office=office, cast=cast, people=people, activity=activity, recording=recording, loose=loose, strange=strange,
        case=case, loan=loan, upload=upload, start=start,
    )  # fmt: skip


def with_papers(scene: Scene) -> Scene:
    """An interruption, a claim, a draft and a request, for routes that need one."""
    cast, by, at = scene.cast, as_actor(scene.cast.li), now()
    truth = truth_of(scene.activity, law=cast.law, at=at)
    cause = cast.law.interruption.cause[0].code if cast.law.interruption else "device_fault"
    scene.interruption = casework.enter_interruption(
        scene.activity, by=by, span=truth.missing[0], cause=cause, at=at, law=cast.law, resumed=False
    )
    scene.document = documents.draft_document(
        scene.interruption, by=by, officer=cast.li, unit=cast.team, form=load_forms(scene.office.forms)["statement"],
        values={"matter": "中断", "activity": "巡查", "span": "一段", "cause": "故障", "facts": "设备故障"}, at=at,
    )  # fmt: skip
    asked = ask_for_package(
        scene.activity, Wish("court", "清河区人民法院", "1", is_evidence=True, is_sensitive=False), by=by, requester=cast.li, reason="调取",
        chain=[ChainStep("unit_head", "队长", "")], at=at,
    )  # fmt: skip
    scene.package = Package.objects.get(pk=asked.subject)
    concluded = casework.open_case(
        cast.team, by=by, category="penalty", start_mode="ex_officio", cause="占用道路（已办结）", officer=cast.li, at=at - timedelta(days=2)
    )  # fmt: skip
    for hour, stage in enumerate(("investigation", "review", "service", "concluded")):
        move_case(concluded, by=by, to=stage, note="", law=None, at=at - timedelta(hours=9 - hour))
    scene.volume = volumes.open_volume(concluded, by=by, officer=cast.li, law=cast.law, at=at)
    discs = DiscSet.objects.create(
        agency=cast.agency, unit=cast.team, case=scene.case, number="光盘-1", title="x", copies=1, label={"body": "x"}, officer=cast.li, at=at
    )  # fmt: skip
    DiscItem.objects.create(disc_set=discs, recording=scene.recording)
    DiscImage.objects.create(disc_set=discs, sha256="0" * 64, sm3="0" * 64, size=1, parity=0, at=at)
    scene.disc = Disc.objects.create(
        disc_set=discs,
        copy=1,
        number="光盘-1-1",
        medium="bd_r",
        shelf="x",
        officer=cast.li,
        at=at,
        by=cast.li.pk,
    )
    grounds = Grounds("petition", "信访-7", "清河街道信访办", "当事人对检查有异议")
    scene.hold = place_hold(scene.recording, grounds, by=as_actor(cast.zhang), officer=cast.zhang, at=at)
    top = cast.agency.units.get(parent=None)
    scene.disposal = DisposalList.objects.create(
        agency=cast.agency, unit=top, number="销毁-1", cutoff=at, count=0, size=0, sha256="", drawn_by=scene.people["he"], drawn_at=at
    )  # fmt: skip
    scene.station, _token = devices.enroll_station(cast.team, by=OPERATOR, name="一号站", at=at)
    coming = Coming(
        "complaint", "call", "占道堆物", scene.start, place_text="清河东路", person="钱某", real_name=True
    )
    scene.intake = enter_intake(cast.team, coming, by=by, officer=None, at=at)
    kept: dict[str, Any] = {"by": as_actor(cast.zhao), "at": at}
    scene.room = rooms.enter_room(cast.team, name="询问室一", room_kind="interview", **kept)
    scene.stay = bring_in(
        scene.activity, by=by, person="钱某", room=scene.room, entered_at=scene.start, at=at
    )
    scene.party = enter_party(scene.case, by=by, role="witness", name="孙某", note="", at=at)
    scene.recusal = ask_recusal(scene.case, by=by, officer=cast.li, asked="self", reason="邻居", at=at)
    scene.vehicle = entries.enter_vehicle(
        cast.team, plate="测A00001", use="dispatch", planned_on=None, **kept
    )
    scene.medium = entries.enter_medium(
        cast.team,
        name="存储一",
        medium_kind="store",
        location="机房",
        network_number="",
        station=None,
        **kept,
    )
    return scene


def with_absences(scene: Scene) -> CardList:
    """With papers; a station listed three files yesterday of which none came, and a day's numbers lack one."""
    station, at = with_papers(scene).station, now() - timedelta(days=1)
    assert station
    files = [
        {"path": f"DCIM/{n}.MP4", "size": n, "modified": as_utc_text(at), "problem": ""} for n in (1, 2, 3)
    ]
    for minute, number in enumerate((1, 2, 4)):
        moment = (at + timedelta(minutes=minute)).astimezone(BEIJING)
        arriving = scene.office.vault.incoming(new_id().hex)
        arriving.write(f"{number}".encode())
        name = f"7000001_{scene.cast.li.number}{moment:%Y%m%d%H%M%S}_{number:04d}.MP4"
        evidence.receive_recording(
            by=as_actor(scene.cast.zhao), clip=evidence.Clip(unit=scene.cast.team, name=name), arriving=arriving, at=at
        )  # fmt: skip
    return CardList.objects.create(
        agency=station.agency, unit=station.unit, station=station, device_serial="7000001", listed_at=at, received_at=at,
        clock_error=-47.0, count=3, size=6, body=json.dumps({"files": files}), signature={},
    )  # fmt: skip


def with_oversight(scene: Scene) -> dict[str, Any]:
    """A targeted inspection of the scene's recording with a problem and praise, and a fact stated of 李; made once."""
    cast, at = scene.cast, now()
    held = Examination.objects.first()
    if held is None:
        zhou = as_actor(cast.zhou)
        scope = examining.Scope(
            "inspection", "recording", "十一月执法记录抽查", at - timedelta(days=2), at, at + timedelta(days=10), reason="接到投诉",
            chosen=[scene.recording.pk],
        )  # fmt: skip
        held = examining.plan_examination(cast.team, scope, by=zhou, at=at)
        drawn, labels = held.drawn.get(), {"recorded": "应录事项是否记录", "manner": "态度、用语、举止规范"}
        examining.score_drawn(
            drawn, by=zhou, answers={"recorded": "pass", "manner": "fail"}, labels=labels, note="", at=at
        )
        problem = examining.Opinion(
            "problem", "没有告知正在录音录像", drawn, 3.0, cast.law.cite("SUB-19"), at + timedelta(days=5)
        )
        remark = examining.enter_remark(held, problem, by=zhou, at=at)
        examining.enter_remark(held, examining.Opinion("praise", "全程语言规范", drawn), by=zhou, at=at)
        told = Statement(["not_recorded"], "到场后五分钟没有开机", cast.li, remark=remark)
        state_fact(cast.team, told, by=zhou, at=at)
        head = as_actor(cast.zhang)
        plan_training(cast.team, by=head, title="执法记录仪使用", due_at=at, at=at)
        enter_rule(cast.team, NewRule("management", "设备和资料管理制度", "存放于办公室", at), by=head, at=at)
    problem_ = held.remarks.get(sort="problem")
    return {
        "training": Training.objects.get(),
        "unitrule": UnitRule.objects.get(),
        "examination": held,
        "drawn": held.drawn.get(),
        "remark": problem_,
        "fact": problem_.liabilityfact_set.get(),
    }


def open_accounts(cast: Cast) -> dict[str, Officer]:
    """Everybody of the cast, and one person for each role that the cast does not play."""
    top = cast.agency.units.get(parent__isnull=True)
    extra = {
        "sys": ("system_admin",), "sec": ("security_admin",), "aud": ("audit_admin",), "he": ("archive_clerk",),
        "zhou2": ("agency_head",), "qian": ("associator",), "jiang": ("deputy_head",), "shen": ("reception_clerk",),
        "ji": ("performance",), "lu": ("leader_in_charge",), "tan": ("archive_head",), "gu": ("officer",), "bao": ("logistics",), "xin": ("comms",),
        "fang": ("requesting_department",),
    }  # fmt: skip
    people = {
        "li": cast.li, "wang": cast.wang, "zhang": cast.zhang, "chen": cast.chen, "zhao": cast.zhao, "zhou": cast.zhou,
        "sun": cast.sun,
    }  # fmt: skip
    for number, (login, roles) in enumerate(extra.items(), start=100):
        who = registry.Person(f"{login}甲", f"{number:06d}")
        people[login] = registry.add_officer(
            cast.team if login != "sys" else top, by=OPERATOR, person=who, at=LONG_AGO
        )
        for role in roles:
            registry.appoint(
                people[login], by=OPERATOR, role=role, unit=people[login].unit, since=LONG_AGO, at=LONG_AGO
            )
    for login, officer in people.items():
        registry.open_account(officer, by=OPERATOR, login=login, password=PASSWORD)
    return people


def _hand_out(cast: Cast, start: datetime) -> Loan:
    lines = [line.label for line in cast.law.check_lines]
    return devices.hand_out(
        Device.objects.get(pk=cast.camera.pk), by=as_actor(cast.zhao), to=cast.li, purpose="巡查", check=dict.fromkeys(lines, True),
        required=lines, cite=None, due_at=now() + timedelta(hours=6), at=start - timedelta(minutes=30),
    )  # fmt: skip


def _receive(
    office: Office,
    cast: Cast,
    content: bytes,
    start: datetime,
    *,
    serial: str,
    number: str,
    by: Officer | None = None,
) -> Recording:
    told = start.astimezone(BEIJING)
    name = f"DCAM_{serial}_{number}_{told:%Y%m%d}_{told:%H%M%S}.mp4"
    return receive(office, cast, content, name=name, at=start + timedelta(minutes=20), by=by)


def receive(
    office: Office, cast: Cast, content: bytes, *, name: str, at: datetime, by: Officer | None = None
) -> Recording:
    """Bytes under a file name, brought by the keeper or whom `by` says."""
    arriving = office.vault.incoming(new_id().hex)
    arriving.write(content)
    clip = evidence.Clip(unit=cast.team, name=name)
    return evidence.receive_recording(by=as_actor(by or cast.zhao), clip=clip, arriving=arriving, at=at)


class Door:
    """One person at the API. Unsafe requests carry the token, as the page's do."""

    def __init__(self, login: str = "", *, password: str = PASSWORD) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.client.get("/api/v1/door")
        if login:
            answer = self.post("/session", name=login, password=password)
            assert answer.status_code == 200, answer.content.decode()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Any, *, with_token: bool = True) -> Any:
        token = self.client.cookies["csrftoken"].value if with_token else ""
        return self.client.generic(
            method, f"/api/v1{path}", json.dumps(body, default=str), content_type="application/json",
            headers={"X-CSRFToken": token} if token else {},
        )  # fmt: skip

    def desk(self) -> list[dict[str, Any]]:
        """What the first page shows of what waits: for a decision, and besides."""
        page = self.page("/workbench")
        return [*page["decide"], *page["due"]]

    def alerts(self) -> list[dict[str, Any]]:
        """Every row of the daily list."""
        return [row for group in self.page("/alerts")["groups"] for row in group["rows"]]

    def page(self, path: str, **query: Any) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()


def key(thing: Any) -> UUID:
    assert thing is not None
    found: UUID = thing.pk
    return found
