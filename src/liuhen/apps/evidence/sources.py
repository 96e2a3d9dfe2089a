"""Other sources: what did not come off a camera of this house through a station, and who answers for it.

Such a recording is kept at once and counts for nothing until somebody says where it comes from and a second person has
checked that. Neither may be the other, nor the one who took it. Grades tell how a recording came in; nothing raises one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.devices import queries as devices
from liuhen.apps.evidence.models import ErasureNote, Recording, SourceAnswer, SourceStatement
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.facts import FactPath
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.spans import Span

UNSTATED = "手工导入，未标明本机关的设备"
GRADES = {
    "station": "采集站采集：入库前已列清单，由采集站签名",
    "hand": "本机关设备，手工导入：没有采集站的清单",
    "other": "其他来源：凭来源说明，经第二人核实",
}
# What a pack names among its measures for an interruption, by the kind of source it allows.
_MEASURES = {"phone": "手机", "voice_pen": "录音笔", "camera": "其他电子设备"}
_SUBSTITUTES = frozenset(_MEASURES)
_TAKEN_WITH = FactPath("recording", "taken_with")
# A device counts whole seconds, and it is switched on while the keeper still enters the hand-out.
_AROUND_LOAN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is told of where a recording comes from; `officer` where one of our own took it."""

    source: str
    maker: str
    taken_by: str
    taken_at: datetime
    taken_where: str
    why: str
    handed_by: str
    handed_to: str
    serial: str = ""
    package: str = ""
    officer: Officer | None = None


def grade_of(recording: Recording) -> str:
    """How it came in: a key of `GRADES`. A station's word is the best there is."""
    if recording.station_id is not None:
        return "station"
    return "hand" if recording.device_id is not None else "other"


def may_be_stated(recording: Recording) -> bool:
    """Whether a statement can release it: brought by hand, and of no camera of this house."""
    return bool(recording.quarantine) and recording.station_id is None and recording.device_id is None


def needs_statement(recording: Recording) -> bool:
    """Whether only a statement can: it does not even name a camera, for which a keeper could look."""
    return may_be_stated(recording) and not recording.device_serial


def state_source(
    recording: Recording, *, by: Actor, origin: Origin, law: Rulebook | None, at: datetime
) -> SourceStatement:
    """作来源说明。Raises `Refused` where nothing is to be stated or one already waits for its check."""
    allow(by, "recording.receive", on=recording, at=at)
    if not may_be_stated(recording):
        raise Refused(
            f"{recording.number} 的来源没有疑问，或者来自采集站", do="设备不明的，请设备管理员查明来源。"
        )
    _check(recording, origin, law, at)
    allowed = substitutes_of(law).get(origin.source, "")
    row = SourceStatement(
        recording=recording, source=origin.source, maker=origin.maker.strip(), serial=origin.serial.strip(),
        officer=origin.officer, taken_by=origin.taken_by.strip(), taken_at=origin.taken_at,
        taken_where=origin.taken_where.strip(), why=origin.why.strip(), handed_by=origin.handed_by.strip(),
        handed_to=origin.handed_to.strip(), package=origin.package.strip(), allowed_by=allowed, at=at, by=by.id,
        substitute=_is_substitute(origin),
    )  # fmt: skip
    with act("recording.source-stated", by=by, at=at, agency=recording.agency_id) as line:
        _one_hand_on(recording)
        if waiting_statement(recording.pk) is not None:
            raise Refused("已有一份来源说明在等第二人核实", do="请等核实；退回之后可以重新说明。")
        row.save(force_insert=True)
        line.about(row)
    return row


def answer_source(
    statement: SourceStatement, *, by: Actor, answer: str, reason: str, at: datetime
) -> SourceAnswer:
    """核实来源说明。Confirmed, the recording counts, as of its grade; returned, it waits for another statement.

    Raises `Refused` for whoever brought it, stated it or took it, for a second answer, and for a return without a reason.
    """
    recording = statement.recording
    allow(by, "recording.confirm", on=recording, at=at)
    if by.id in {statement.by, recording.received_by, statement.officer_id}:
        raise Refused("不能核实本人摄录、导入或者说明的音像", do="请由另一名有权核实的人员办理。")
    if answer not in SourceAnswer.Answer.values:
        raise Malformed("没有这种意见", do=f"可选的有：{'、'.join(SourceAnswer.Answer.labels)}。")
    confirmed = answer == SourceAnswer.Answer.CONFIRM
    if not confirmed and not reason.strip():
        raise Refused("退回需写明理由", do="请写明哪一项不实或者不清。")
    row = SourceAnswer(statement=statement, answer=answer, reason=reason.strip(), at=at, by=by.id)
    verb = "recording.source-confirmed" if confirmed else "recording.source-returned"
    with act(verb, by=by, at=at, agency=recording.agency_id) as line:
        _one_hand_on(recording)
        if SourceAnswer.objects.filter(statement=statement).exists():
            raise Refused("这份来源说明已经核实过", do="原意见保留，不能更改。")
        row.save(force_insert=True)
        line.about(row)
        if confirmed:
            recording.quarantine = ""
            recording.officer = statement.officer  # Nobody of ours, where an outsider took it.
            if statement.officer is not None:
                recording.unit = statement.officer.unit
            recording.save(update_fields=["quarantine", "officer", "unit"])
            line.about(recording)
            keep(recording)
            line.schedule("recording.judge", recording)
    return row


def note_erasure(
    recording: Recording, *, by: Actor, says: str, erased_at: datetime, at: datetime
) -> ErasureNote:
    """书面确认替代设备上的文件已经删除。Only after the original was read again here: before that it is the only copy."""
    allow(by, "recording.annotate", on=recording, at=at)
    statement = confirmed_statement(recording.pk)
    if statement is None or not statement.substitute:
        raise Refused("这段音像不是由替代设备摄录的", do="无需确认删除。")
    if recording.verified_at is None:
        raise Refused("原件尚未复核，替代设备上的文件还不能删除", do="请等状态变为已入库之后再删除。")
    if not recording.verified_at <= erased_at <= at:
        raise Refused("删除时间应在复核之后、现在之前", do="请核对删除时间。")
    if not says.strip():
        raise Refused("删除确认需写明怎样删除、由谁在场", do="请补全后再提交。")
    row = ErasureNote(recording=recording, says=says.strip(), erased_at=erased_at, at=at, by=by.id)
    with act("recording.substitute-cleared", by=by, at=at, agency=recording.agency_id) as line:
        _one_hand_on(recording)
        if ErasureNote.objects.filter(recording=recording).exists():
            raise Refused("已经确认过删除", do="原确认保留，不能更改。")
        row.save(force_insert=True)
        line.about(row)
        line.schedule("recording.judge", recording)
    return row


def substitutes_of(law: Rulebook | None) -> dict[str, str]:
    """The kinds of device the law lets an officer go on with when recording stops, and its words for them."""
    told = law.interruption.measures if law and law.interruption else ()
    found = {kind: next((m for m in told if word in m), "") for kind, word in _MEASURES.items()}
    return {kind: measure for kind, measure in found.items() if measure and rule_against(law, kind) is None}


def rule_against(law: Rulebook | None, source: str) -> Rule | None:
    """The rule that forbids officers to record with such a device in place of what they were issued; most laws have none."""
    rules = law.rules_of("prohibition") if law else ()
    return next((r for r in rules if r.judge.found == _TAKEN_WITH and source in r.judge.acts), None)  # type: ignore[attr-defined]


def taken_with(recording: Recording, told: SourceStatement | None) -> str | None:
    """With what it was taken, in the words of the rules; None where nobody has said and checked it."""
    if told is not None:
        return told.source if told.substitute else "elsewhere"
    return "issued" if recording.device_id is not None or recording.station_id is not None else None


def waiting_statement(recording: UUID) -> SourceStatement | None:
    """The statement that waits for its check."""
    return _statements([recording]).filter(answered=None).first()


def confirmed_statement(recording: UUID) -> SourceStatement | None:
    return confirmed_statements([recording]).get(recording)


def confirmed_statements(recordings: Iterable[UUID]) -> dict[UUID, SourceStatement]:
    """The statement that was confirmed of each recording, in one query."""
    rows = _statements(recordings).filter(answered__answer=SourceAnswer.Answer.CONFIRM)
    return {row.recording_id: row for row in rows}


def waiting_statements(recordings: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these recordings wait for the check of a statement."""
    return frozenset(_statements(recordings).filter(answered=None).values_list("recording", flat=True))


def statements_about(recording: UUID) -> list[SourceStatement]:
    """Every statement about it, the newest first."""
    return list(_statements([recording]).order_by("-at"))


def erasures_of(recordings: Iterable[UUID]) -> dict[UUID, ErasureNote]:
    return {row.recording_id: row for row in ErasureNote.objects.filter(recording__in=list(recordings))}


def lacks_second_person(recording: Recording, by: UUID) -> bool:
    """Whether `by` alone stands behind this recording: he brought it by hand, and no ledger says he held the camera.

    Being handed the camera during the recording, or within a minute of it, is enough: clocks differ by seconds.
    """
    if recording.station_id is not None or recording.received_by != by:
        return False
    if confirmed_statement(recording.pk) is not None:
        return False
    first = recording.started_at or recording.file_time
    if recording.device_id is None or first is None:
        return True
    last = max(first, recording.ended_at or first)
    return not devices.held_during(recording.device_id, by, Span(first - _AROUND_LOAN, last + _AROUND_LOAN))


def _one_hand_on(recording: Recording) -> None:
    """Within an act: whoever comes at the same moment waits, and then sees what was done."""
    Recording.objects.select_for_update().get(pk=recording.pk)


def _statements(recordings: Iterable[UUID]) -> QuerySet[SourceStatement]:
    rows = SourceStatement.objects.filter(recording__in=list(recordings))
    return rows.select_related("recording__unit", "officer__unit", "answered")


def _is_substitute(origin: Origin) -> bool:
    """Taken by one of our own, with what is not of the house."""
    return origin.officer is not None and origin.source in _SUBSTITUTES


def _check(recording: Recording, origin: Origin, law: Rulebook | None, at: datetime) -> None:
    if origin.source not in SourceStatement.Source.values:
        raise Malformed("没有这种来源", do=f"可选的有：{'、'.join(SourceStatement.Source.labels)}。")
    if origin.officer is not None and origin.officer.agency_id != recording.agency_id:
        raise Refused("摄录人不在本机关名册中", do="本机关以外的人，请写姓名，不选名册。")
    against = rule_against(law, origin.source) if _is_substitute(origin) else None
    if against is not None:
        device = SourceStatement.Source(origin.source).label
        raise Refused(
            f"本机关施行的制度不接受用{device}替代执法记录仪：{against.says}",
            do=against.judge.mend,  # type: ignore[attr-defined]
            cite=against.citation,
        )
    asked = {
        "厂牌型号": origin.maker, "摄录人": origin.taken_by, "摄录地点": origin.taken_where,
        "未用配发设备的原因": origin.why, "交出人": origin.handed_by, "接收人": origin.handed_to,
    }  # fmt: skip
    if origin.source == SourceStatement.Source.AGENCY:
        asked["移送文号或者清单号"] = origin.package
    lacking = [label for label, value in asked.items() if not value.strip()]
    if lacking:
        raise Refused(f"来源说明还缺：{'、'.join(lacking)}", do="请补全后再提交。")
    if origin.taken_at > at:
        raise Refused("摄录时间在将来", do="请核对摄录时间。")
