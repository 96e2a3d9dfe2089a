"""Making the demonstration: the agencies, then their week, each act through the room's own action at its own hour.

Clips are generated in two processes, an agency ahead; then they are received, looked at, linked and judged like any other.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

from liuhen.apps.approval.actions import ChainStep, decide
from liuhen.apps.archive.actions import number_recording
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import stages
from liuhen.apps.casework.facts import STEP
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.devices import actions as devices
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.documents import actions as documents
from liuhen.apps.documents import signing
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.sealing import seal
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.law import law_of, pack_digest
from liuhen.apps.registry.models import Agency, Officer, Unit
from liuhen.apps.registry.passwords import new_password
from liuhen.apps.registry.policy import ROLES
from liuhen.engines.forms import load_forms
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.engines.rules import approver_chain, load_pack
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.interfaces.api.contents import wanted
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, OPERATOR, Actor
from liuhen.kernel.clock import BEIJING, aware, now, shown, shown_length
from liuhen.kernel.identifiers import new_id
from liuhen.kernel.spans import Span
from liuhen.server.demo.agencies import AGENCIES, DemoAgency, Person
from liuhen.server.demo.cards import dock
from liuhen.server.demo.filing import file_case
from liuhen.server.demo.papers import STROKES, write_record
from liuhen.server.demo.stories import CaseStory, Story, case_stories, stories
from liuhen.server.worker import Worker

Say = Callable[[str], object]
_SIZE, _FPS = (480, 270), 2
_LATE = timedelta(hours=41)
_FOREIGN = "9990001"
_SLOW = timedelta(minutes=6)
# Where the regulation asks for two cameras both film; elsewhere these tales are told by one.
_ONE_CAMERA = ("late", "late-excused", "unlinked", "black")
_PICTURES_LATER = ("recording.derive",)
_HANDS = 2
_A_CLIP = 300


@dataclass(slots=True)
class House:
    """One agency as it stands in the database."""

    told: DemoAgency
    agency: Agency
    team: Unit
    people: dict[str, Officer]
    cameras: list[Device]
    cases: list[Case] = field(default_factory=list)

    def officer(self, index: int) -> Officer:
        return self.people[self.told.officers[index]]

    def by(self, name: str) -> Actor:
        return Actor("officer", self.people[name].pk, "演示")

    def by_officer(self, recording: Recording) -> Actor:
        """Whoever wore the camera."""
        return Actor("officer", recording.officer_id or NOBODY, "演示")


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip of one story: who wore which camera, and what of the activity it shows."""

    clip: Clip
    officer: int
    camera: int
    part: int
    path: Path


@dataclass(frozen=True, slots=True)
class Told:
    """A story with its moments and its clips."""

    story: Story
    start: datetime
    end: datetime
    shots: tuple[Shot, ...]


def make_demo(office: Office, *, week_of: str, say: Say) -> None:
    """Everything, with progress; prints the people and their one password at the end."""
    monday = date.fromisoformat(week_of) if week_of else last_monday(now())
    password = new_password()
    houses = [_found(office, told, monday, password) for told in AGENCIES]
    say(f"已建立 {len(houses)} 个机关，演示周自 {monday} 起；正在生成录像……")
    with tempfile.TemporaryDirectory(prefix="liuhen-demo-") as folder:
        week = [(house, _plan(house, monday, Path(folder))) for house in houses]
        worker, right, asked = Worker(office), 0, 0
        for house, told in _filmed(week):
            first, of = _live(office, house, told, worker)
            right, asked = right + first, asked + of
            say(
                f"{house.told.name}：{len(told)} 次活动，{Recording.objects.filter(agency=house.agency).count()} 段音像"
            )
    worker.drain(leave=_PICTURES_LATER, hands=_HANDS)
    seal(office.log, at=now())
    say(f"关联建议：{asked} 段中正确的活动排在首位的 {right} 段（{right / asked:.0%}）")
    _introduce(houses, password, say)


def last_monday(moment: datetime) -> date:
    """The Monday of the last week whose Friday is over."""
    today = aware(moment).astimezone(BEIJING).date()
    monday = today - timedelta(days=today.weekday())
    return monday if today.weekday() > 4 else monday - timedelta(days=7)


# -- the agencies ------------------------------------------------------------------------------------------------


def _found(office: Office, told: DemoAgency, monday: date, password: str) -> House:
    at = _moment(monday - timedelta(days=60), "09:00")
    agency = registry.found_agency(
        by=OPERATOR, name=told.name, code=told.code, agency_type=told.agency_type, at=at
    )
    top = agency.units.get()
    team = registry.add_unit(agency, by=OPERATOR, name=told.team, code="ZF", function="case", at=at)
    legal = registry.add_unit(agency, by=OPERATOR, name="法制机构", code="FZ", function="legal", at=at)
    units = {"0": top, "ZF": team, "FZ": legal}
    people = {person.name: _settle(person, units, password, at) for person in told.people()}
    loaded = load_pack(office.packs / told.pack)
    digest = pack_digest(office.packs / told.pack)
    lawyer = Actor("officer", people[told.legal].pk, "演示")
    registry.activate_pack(
        agency,
        by=lawyer,
        key=told.pack,
        version=loaded.head.version,
        digest=digest,
        since=at,
        at=at,
        packs=office.packs,
    )
    for key, value in told.settings:
        registry.set_value(agency, by=lawyer, key=key, value=value, since=at, at=at, packs=office.packs)
    keeper = Actor("officer", people[told.keeper].pk, "演示")
    cameras = [
        devices.register_device(
            team, by=keeper, number=f"{told.code}-{n:03d}", serial=f"{AGENCIES.index(told) + 1}{n:06d}",
            device_type="body_recorder", model="执法记录仪 甲型", at=at,
        )
        for n in range(1, 7)
    ]  # fmt: skip
    return House(told, agency, team, people, cameras)


def _settle(person: Person, units: dict[str, Unit], password: str, at: datetime) -> Officer:
    unit = units[person.unit]
    card = f"ZF{person.number}"
    who = registry.Person(person.name, person.number, card=card, card_valid_until=date(at.year + 3, 12, 31))
    officer = registry.add_officer(unit, by=OPERATOR, person=who, at=at)
    for role in person.roles:
        registry.appoint(officer, by=OPERATOR, role=role, unit=unit, since=at, at=at)
    if person.login:
        registry.open_account(officer, by=OPERATOR, login=person.login, password=password, at=at)
    return officer


# -- the clips ---------------------------------------------------------------------------------------------------


def _plan(house: House, monday: date, folder: Path) -> list[Told]:
    numbers = count(1)
    return [_tell(house, story, monday, folder, numbers) for story in stories(house.told.pack)]


def _tell(house: House, story: Story, monday: date, folder: Path, numbers: Iterator[int]) -> Told:
    start = _moment(monday + timedelta(days=story.day), story.clock)
    if story.tale == "planned":
        start = max(start, now() + timedelta(hours=15))
    if story.tale == "under-way":
        start = now() - timedelta(minutes=20)
    end = start + timedelta(minutes=story.minutes)
    shots = [
        Shot(
            clip,
            officer,
            camera=officer,
            part=part,
            path=folder / f"{house.told.code}-{next(numbers):03d}.mp4",
        )
        for position, officer in enumerate(story.officers)
        for part, clip in enumerate(_clips(house, story, start, position))
    ]
    return Told(story, start, end, tuple(shots))


def _clips(house: House, story: Story, start: datetime, position: int) -> list[Clip]:
    """What the camera of the officer at `position` filmed."""
    _, latitude, longitude = house.told.places[story.place]
    whole = Clip(
        starts_at=start, seconds=story.minutes * 60.0, size=_SIZE, frames_per_second=_FPS,
        seed=story.day * 100 + position, label=house.told.places[story.place][0], place=(latitude, longitude),
    )  # fmt: skip
    if story.tale in ("planned", "under-way", "exempt", "missing"):
        return []
    if position == 1 and story.tale in _ONE_CAMERA and house.told.pack != "tonghua":
        return []
    if story.tale == "two-clocks" and position == 1:
        return [replace(whole, clock_error=timedelta(seconds=47))]
    if story.tale == "black" and position == 0:
        return [replace(whole, black=((60.0, 130.0),))]
    if story.tale == "interrupted":
        first = whole.seconds * 0.4
        resumed = start + timedelta(seconds=whole.seconds * 0.65)
        return [
            replace(whole, seconds=first),
            replace(whole, starts_at=resumed, seconds=whole.seconds * 0.35),
        ]
    return [whole]


def _filmed(week: list[tuple[House, list[Told]]]) -> Iterator[tuple[House, list[Told]]]:
    """Each agency's week as soon as its clips are there; those of the next are made meanwhile."""
    with multiprocessing.get_context("spawn").Pool(_HANDS) as pool:
        made = {
            shot.path: pool.apply_async(make_clip, (shot.path, shot.clip))
            for _, told in week
            for one in told
            for shot in one.shots
        }
        for house, told in week:
            for one in told:
                for shot in one.shots:
                    made[shot.path].get(timeout=_A_CLIP)
            yield house, told


# -- the week ----------------------------------------------------------------------------------------------------


def _live(office: Office, house: House, week: list[Told], worker: Worker) -> tuple[int, int]:
    """Live through the week; returns how many suggestions had the right activity first, of how many."""
    law = law_of(house.agency.pk, packs=office.packs, at=now())
    for case in case_stories(house.told.pack):
        house.cases.append(_open_case(house, case, law, week[0].start - timedelta(hours=2)))
        if "concluded" in case.stages:
            archivist = next(
                (name for name, _, roles in house.told.extra if "archive" in "".join(roles)),
                house.told.keeper,
            )
            file_case(
                office, house.cases[-1], head=house.people[house.told.head], archivist=house.people[archivist], law=law,
                whole=Case.Stage.ARCHIVED in case.stages, at=week[0].start + timedelta(hours=48),
            )  # fmt: skip
    taken = [(told, *_do(office, house, told, law)) for told in week]
    worker.drain(leave=_PICTURES_LATER, hands=_HANDS)
    right = asked = 0
    for told, activity, recordings in taken:
        for recording in recordings:
            recording.refresh_from_db()
            best = suggestions_for(recording)
            asked += 1
            right += bool(best) and best[0].activity.pk == activity.pk
            if best and told.story.tale != "unlinked":
                reasons = [reason.says for reason in best[0].reasons]
                casework.link_recording(
                    activity, by=house.by_officer(recording), recording=recording, reasons=reasons,
                    is_evidence=told.story.case == 0, at=recording.received_at + timedelta(minutes=20),
                )  # fmt: skip
        _afterwards(office, house, told, activity, recordings, law)
        _number(house, told, recordings)
    _stranger(office, house, week)
    _dock(house, week, [recordings for _told, _activity, recordings in taken])
    return right, asked


def _do(office: Office, house: House, told: Told, law: Rulebook) -> tuple[Activity, list[Recording]]:
    """Hand-out, activity, return, intake: everything up to the receipt."""
    story, by = told.story, house.by(house.told.officers[told.story.officers[0]])
    place, latitude, longitude = house.told.places[story.place]
    plan = casework.Plan(
        activity_type=story.activity_type, subject=story.subject, place_text=place, planned_at=told.start,
        officers=[house.officer(n) for n in story.officers], flags=story.flags, acts=story.acts,
        case=house.cases[story.case] if story.case is not None else None, latitude=latitude, longitude=longitude,
    )  # fmt: skip
    activity = casework.plan_activity(
        house.team, by=by, plan=plan, law=law, at=min(told.start, now()) - timedelta(hours=1)
    )
    if story.tale == "planned":
        return activity, []
    loans = _hand_out(house, told, law) if story.tale != "exempt" else []
    for loan in loans[: len(story.officers)]:
        casework.declare_recording(activity, by=by, device=loan.device, officer=loan.officer, at=told.start)
    if story.tale == "under-way":
        casework.note_activity(activity, by=by, at=told.start, arrived_at=told.start, announced=True)
        return activity, []
    _note(house, told, activity, by, law)
    for loan in loans:
        devices.take_back(
            loan, by=house.by(house.told.keeper), content=story.subject, at=told.end + timedelta(minutes=40)
        )
    return activity, [_receive(office, house, told, shot) for shot in told.shots]


def _hand_out(house: House, told: Told, law: Rulebook) -> list[Loan]:
    lines = [line.label for line in law.check_lines]
    return [
        devices.hand_out(
            Device.objects.get(pk=house.cameras[officer].pk), by=house.by(house.told.keeper), to=house.officer(officer),
            purpose=told.story.subject, check=dict.fromkeys(lines, True), required=lines, cite=None,
            due_at=told.end + timedelta(hours=2), at=told.start - timedelta(minutes=30),
        )
        for officer in told.story.officers
    ]  # fmt: skip


def _note(house: House, told: Told, activity: Activity, by: Actor, law: Rulebook) -> None:
    casework.note_activity(
        activity, by=by, at=told.end, arrived_at=told.start, started_at=told.start + timedelta(seconds=20),
        ended_at=told.end, left_at=told.end, announced=True, objected=False, carriers=len(told.story.officers),
        suspect_brought_back=False, checklist=[line.code for line in law.checklist],
    )  # fmt: skip


def _receive(office: Office, house: House, told: Told, shot: Shot) -> Recording:
    officer = house.officer(shot.officer)
    shown = (shot.clip.starts_at + shot.clip.clock_error).astimezone(BEIJING)
    device = house.cameras[shot.camera]
    name = f"DCAM_{device.serial}_{officer.number}_{shown:%Y%m%d}_{shown:%H%M%S}.mp4"
    late = told.story.tale in ("late", "late-excused")
    received = told.end + (_LATE if late else timedelta(hours=1, minutes=3 * shot.part + shot.officer))
    clip = evidence.Clip(
        unit=house.team, name=name, path=f"DCIM/{shown:%Y%m%d}/{name}", file_time=told.end,
        clock_error=shot.clip.clock_error.total_seconds(),
    )  # fmt: skip
    arriving = office.vault.incoming(new_id().hex)
    arriving.write(shot.path.read_bytes())
    return evidence.receive_recording(
        by=Actor("officer", officer.pk, "演示采集站"), clip=clip, arriving=arriving, at=received
    )


def _afterwards(
    office: Office, house: House, told: Told, activity: Activity, recordings: list[Recording], law: Rulebook
) -> None:
    """Explanations, interruptions, exemptions: what people enter after the shift."""
    by, later = house.by(house.told.officers[told.story.officers[0]]), told.end + timedelta(hours=3)
    if told.story.tale == "late-excused":
        for recording in recordings:
            returned = recording.received_at - timedelta(hours=2)
            lateness = evidence.Lateness("在边远村组连续执勤，道路不通", "remote", returned, reported=True)
            evidence.note_late(
                recording, by=house.by_officer(recording), lateness=lateness, at=recording.received_at
            )
    if told.story.tale in ("whole", "two-clocks") and len(told.story.officers) > 1:
        # Where two clocks differ, the beginning was written down from the slow one.
        begun = (
            told.start + timedelta(seconds=20) - (_SLOW if told.story.tale == "two-clocks" else timedelta())
        )
        write_record(
            office, activity, officers=[house.officer(n) for n in told.story.officers[:2]], took=Span(begun, told.end),
            is_signed=told.story.tale == "whole", at=told.end + timedelta(hours=2),
        )  # fmt: skip
    if told.story.tale == "interrupted" and law.interruption:
        _interrupt(office, house, told, activity, by, law, later)
    if told.story.tale == "whole" and told.story.day == 0:
        casework.close_activity(activity, by=by, at=later)
    if told.story.tale == "exempt":
        _exempt(house, activity, by, law, later)


def _interrupt(
    office: Office, house: House, told: Told, activity: Activity, by: Actor, law: Rulebook, at: datetime
) -> None:
    """The stop is entered for exactly the missing stretch, stated in writing, signed, and laid before the chain."""
    whole = timedelta(minutes=told.story.minutes)
    span = Span(told.start + whole * 0.4, told.start + whole * 0.65)
    causes = {cause.code: cause.label for cause in law.interruption.cause} if law.interruption else {}
    stop = casework.enter_interruption(
        activity, by=by, span=span, cause="device_fault", at=at, law=law, resumed=True, voice_explained=True,
        reported_at=span.start + timedelta(minutes=5),
    )  # fmt: skip
    form = load_forms(office.forms)["statement"]
    values = {
        "matter": "现场记录中断的说明", "activity": f"{activity.number} {activity.subject}",
        "span": f"{shown(span.start)} 至 {shown(span.end)[11:]}（{shown_length(span.length)}）",
        "cause": causes["device_fault"], "facts": "执法记录仪自行关机，重新启动后恢复记录，恢复时已语音说明原因。设备已交管理员检查。",
    }  # fmt: skip
    officers = [house.officer(n) for n in told.story.officers]
    document = documents.draft_document(
        stop, by=by, officer=officers[0], unit=house.team, form=form, values=values, at=at
    )
    for minute, officer in enumerate(officers, start=1):
        signed_at = at + timedelta(minutes=10 * minute)
        signing.sign_document(
            document,
            by=house.by(officer.name),
            officer=officer,
            role="officer",
            form=form,
            at=signed_at,
            image=STROKES,
        )
    least = {"officer": law.interruption.signatures or 1} if law.interruption else {}
    done = at + timedelta(minutes=40)
    documents.finalise_document(document, by=by, form=form, least=least, clause="", at=done)
    casework.attach_statement(stop, by=by, document=document, at=done)
    chain = [ChainStep(s.role, s.title, s.clause) for s in approver_chain(law, purpose="interruption")]
    if chain:
        request = casework.ask_for_approval(
            stop, by=by, requester=officers[0], reason="记录中断情况说明，请审批", chain=chain, at=done
        )
        head = house.people[house.told.head]
        decide(
            request,
            by=house.by(house.told.head),
            officer=head,
            agree=True,
            reason="情况属实",
            at=done + timedelta(hours=1),
        )


def _number(house: House, told: Told, recordings: list[Recording]) -> None:
    """Where the pack asks for an archive number, the archive gives it; one day it was forgotten."""
    if house.told.pack != "fuzhou" or told.story.tale in ("unlinked", "black"):
        return
    for recording in recordings:
        at = recording.received_at + timedelta(hours=2)
        number_recording(recording, by=house.by("何卷"), at=at)


def _exempt(house: House, activity: Activity, by: Actor, law: Rulebook, at: datetime) -> None:
    exemption = casework.claim_exemption(
        activity,
        by=by,
        code="emergency",
        reason="险情正在发生，来不及开启设备",
        basis="现场照片和指挥中心通话记录",
        law=law,
        at=at,
    )
    chain = [ChainStep(s.role, s.title, s.clause) for s in approver_chain(law, purpose="exemption")]
    if not chain:
        return
    requester = house.people[house.told.officers[0]]
    request = casework.ask_for_approval(
        exemption, by=by, requester=requester, reason="应急抢险未能记录，请予审批", chain=chain, at=at
    )
    head = house.people[house.told.head]
    decide(
        request,
        by=house.by(house.told.head),
        officer=head,
        agree=True,
        reason="情况属实",
        at=at + timedelta(hours=1),
    )


def _stranger(office: Office, house: House, week: list[Told]) -> None:
    """A card whose camera is in no ledger: kept, in quarantine, with a line of its own."""
    shot = next(shot for told in week for shot in told.shots)
    at = max(told.end for told in week if told.shots) + timedelta(hours=5)
    shown = shot.clip.starts_at.astimezone(BEIJING)
    name = f"DCAM_{_FOREIGN}_{house.officer(0).number}_{shown:%Y%m%d}_{shown:%H%M%S}.mp4"
    arriving = office.vault.incoming(new_id().hex)
    arriving.write(shot.path.read_bytes())
    clip = evidence.Clip(unit=house.team, name=name, path=f"DCIM/{name}")
    evidence.receive_recording(by=house.by(house.told.keeper), clip=clip, arriving=arriving, at=at)


def _dock(house: House, week: list[Told], came: list[list[Recording]]) -> None:
    """A card of an officer who did not take part where nothing was filmed: what is missing there stays so."""
    silent = {
        house.officer(number).pk
        for told in week
        if told.story.tale == "missing"
        for number in told.story.officers
    }
    cards = [mine for rows in came if (mine := [row for row in rows if row.officer_id not in silent])]
    if cards:
        dock(house.team, [row for row in cards[-1] if row.officer_id == cards[-1][0].officer_id])


def _open_case(house: House, told: CaseStory, law: Rulebook, at: datetime) -> Case:
    """A case as far as its story goes; what the law wants written down of it stands in a paper file, and is entered as such."""
    officer, second = house.officer(told.officer), house.officer(told.officer + 1)
    by = Actor("officer", officer.pk, "演示")
    case = casework.open_case(
        house.team, by=by, category=told.category, start_mode=told.start_mode, cause=told.cause, officer=officer,
        second_officer=second, place_text=house.told.places[told.place][0], party=told.party, at=at,
    )  # fmt: skip
    for number, stage in enumerate((one for one in told.stages if one != Case.Stage.ARCHIVED), start=1):
        later = at + timedelta(hours=9 * number)
        asked = {
            code
            for one in stages.obstacles(case, to=stage, law=law, at=later)
            for code in _asked_by(one.judgement.rule)
        }
        there = {one.code: "recorded" for one in wanted(law, case) if one.applies and one.code in asked}
        if there:
            casework.enter_contents(case, by=by, answers=there, note="见纸质案卷", at=later)
        stages.move_case(case, by=by, to=stage, note="", law=law, at=later)
    return case


def _asked_by(rule: Rule) -> list[str]:
    """The contents and steps of the decision that a guarding rule wants, as they are entered."""
    if isinstance(rule.judge, Required):
        return [need.code for need in rule.judge.line]
    return [f"{STEP}{need.code}" for need in rule.judge.step] if isinstance(rule.judge, Sequence) else []


def _moment(day: date, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return aware(datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING))


def _introduce(houses: list[House], password: str, say: Say) -> None:
    say("\n演示人员（密码相同，只显示这一次）：")
    say(f"  密码 {password}")
    for house in houses:
        told = house.told
        say(f"  {told.name}（{told.pack}）")
        for person in told.people():
            titles = "、".join(ROLES[role] for role in person.roles)
            say(f"    {person.login:<12} {person.name}  {titles}")
