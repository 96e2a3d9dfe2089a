"""The procedure of an interruption, bound to the gap that the media show.

Called by the activity's page and its routes. A gap is a stretch that should have been recorded, was not, and of which
nothing was entered yet. What is filed is filed for exactly one gap as it stands at that moment: its begin and end,
the recording that broke off and the one that went on are reckoned here and cannot be given from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from liuhen.apps.casework.actions import check_cause
from liuhen.apps.casework.facts import facts_of_activity, span_of, span_of_link
from liuhen.apps.casework.models import Activity, Interruption, InterruptionGap, Link, VoiceMark
from liuhen.apps.casework.queries import links_of_activity
from liuhen.apps.evidence.models import KeySegment, Recording
from liuhen.apps.evidence.segments import segments_of
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.permission import allow
from liuhen.engines.rules import timeline
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.spans import Span, minus

VOICE_WITHIN = 300.0  # 恢复后五分钟之内开始说明的，才算恢复时的说明。
_EARLY = 1.0
Found = InterruptionGap.Found


@dataclass(frozen=True, slots=True)
class Edge:
    """A second of a recording."""

    recording: Recording
    second: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch nobody recorded, with the second it broke off and the second it went on."""

    span: Span
    broke_off: Edge | None
    went_on: Edge | None

    @property
    def key(self) -> str:
        return f"{self.span.start.isoformat()}/{self.span.end.isoformat()}"

    @property
    def found(self) -> str:
        first, last = self.broke_off, self.went_on
        if first and last:
            return Found.INSIDE if first.recording == last.recording else Found.BETWEEN
        return Found.AFTER if first else Found.BEFORE if last else Found.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a person tells of a gap; when it was is not among it."""

    cause: str
    resumed: bool
    voice: KeySegment | None = None
    unspoken: bool = False
    measures: Sequence[str] = field(default=())
    measures_note: str = ""
    reported_at: datetime | None = None


def gaps_of(activity: Activity, *, law: Rulebook, at: datetime) -> list[Gap]:
    """The gaps for which nothing was entered yet, in the order of time."""
    missing = timeline(law, activity=facts_of_activity(activity), now=at).missing
    open_ = minus(missing, (stop.span for stop in activity.interruptions.all()))
    if not open_:
        return []
    links = [
        link for link in links_of_activity(activity.pk)
        if link.part != Link.Part.CONTEXT and link.recording.started_at and link.recording.ended_at
    ]  # fmt: skip
    return [Gap(span, _broke_off(span, links), _went_on(span, links)) for span in open_]


def file_interruption(
    activity: Activity, *, by: Actor, gap: str, told: Filing, law: Rulebook, at: datetime
) -> Interruption:
    """就一个缺口登记中断。Raises `Refused` for any other stretch of time, and where the media contradict what is told."""
    allow(by, "activity.write", on=activity, at=at)
    with act("interruption.filed", by=by, at=at, agency=activity.agency_id) as line:
        held = Activity.objects.select_for_update().get(pk=activity.pk)  # Two hands at once file it once.
        found = next((one for one in gaps_of(held, law=law, at=at) if one.key == gap), None)
        if found is None:
            raise Refused("这一段现在不是缺口，或者已经登记", do="请从时间轴上缺失的时段中选择。")
        _check(found, told, law)
        stop = Interruption(
            activity=activity, start=found.span.start, end=found.span.end, cause=told.cause, resumed=told.resumed,
            voice_explained=False if told.resumed and told.unspoken else None, reported_at=told.reported_at,
            entered_at=at, entered_by=by.id,
        )  # fmt: skip
        bound = _bound(stop, found, told)
        for row in (stop, bound):
            row.save(force_insert=True)
            line.about(row)
        if told.voice is not None:
            _mark(stop, told.voice, line, by=by, at=at)
        line.schedule("activity.judge", activity)
    return stop


def complete_interruption(
    stop: Interruption, *, by: Actor, at: datetime, voice: KeySegment | None = None, reported_at: datetime | None = None
) -> None:  # fmt: skip
    """补齐中断的手续：语音说明在哪一段、何时报告。What was told once stays as it was told."""
    allow(by, "activity.write", on=stop.activity, at=at)
    if voice is None and reported_at is None:
        raise Refused("没有要补的内容", do="请选择语音说明的标记，或者填写报告的时间。")
    with act("interruption.completed", by=by, at=at, agency=stop.activity.agency_id) as line:
        held = Interruption.objects.select_for_update().get(pk=stop.pk)
        if reported_at is not None:
            if held.reported_at is not None:
                raise Refused("报告的时间已经登记", do="如有出入，请在书面说明中写明。")
            _check_reported(held.start, reported_at, at)
            held.reported_at = reported_at
            held.save(update_fields=["reported_at"])
        line.about(held)
        if voice is not None:
            _check_voice(held, voice)
            _mark(held, voice, line, by=by, at=at)
        line.schedule("activity.judge", held.activity)


def voices_of(edge: Edge | None) -> list[KeySegment]:
    """The marks that may hold what was spoken on resuming: those that begin within five minutes after it."""
    return [one for one in segments_of([edge.recording.pk]) if _is_near(edge, one)] if edge else []


def gap_of(stop: Interruption) -> InterruptionGap | None:
    """What the interruption was filed for; None where it came with its times."""
    rows = InterruptionGap.objects.filter(interruption=stop)
    return rows.select_related("broke_off", "went_on").first()


def resumed_at(gap: InterruptionGap | None) -> Edge | None:
    """Where the recording went on, as it was when the gap was filed."""
    if gap is None or gap.went_on is None or gap.went_on_second is None:
        return None
    return Edge(gap.went_on, gap.went_on_second)


def voice_of(stop: Interruption) -> KeySegment | None:
    """The mark that holds what was spoken, where it still stands."""
    held = stop.voice_marks.filter(segment__withdrawn_at=None).order_by("at", "id")
    last = held.select_related("segment__recording").last()
    return last.segment if last else None


def _check_voice(stop: Interruption, voice: KeySegment) -> None:
    if voice_of(stop) is not None:
        raise Refused("恢复时的语音说明已经标出", do="标错的，请先撤回那个标记。")
    edge = resumed_at(gap_of(stop))
    if not stop.resumed or edge is None:
        raise Refused("这次中断没有恢复的音像，不能标语音说明", do="无法继续记录的，请办书面说明。")
    if not _is_near(edge, voice):
        raise Refused(
            "这个标记不在恢复记录之后的五分钟之内",
            do="请在恢复的那段音像里，从说话的那一秒起标出，再来选择。",
        )


def _is_near(edge: Edge, voice: KeySegment) -> bool:
    """Read anew: the mark may have been taken back since it was offered."""
    stands = KeySegment.objects.filter(pk=voice.pk, withdrawn_at=None).exists()
    lies = voice.recording_id == edge.recording.pk and -_EARLY <= voice.begins - edge.second <= VOICE_WITHIN
    return stands and lies


def _check(gap: Gap, told: Filing, law: Rulebook) -> None:
    check_cause(law, told.cause)
    offered = law.interruption.measures if law.interruption else ()
    if strange := [one for one in told.measures if one not in offered]:
        raise Malformed(f"制度中没有“{'、'.join(strange)}”这项措施", do="其他措施请写在措施说明里。")
    if told.resumed and gap.went_on is None:
        raise Refused(
            "这个缺口之后没有音像，不能登记为已经恢复",
            do="恢复之后的音像还没有关联的，请先关联；确实没有恢复的，请选“否”。",
        )
    if told.voice is not None and (
        not told.resumed or gap.went_on is None or not _is_near(gap.went_on, told.voice)
    ):
        raise Refused(
            "这个标记不在恢复记录之后的五分钟之内",
            do="请在恢复的那段音像里，从说话的那一秒起标出，再来选择。",
        )
    if told.reported_at is not None:
        _check_reported(gap.span.start, told.reported_at, at=None)


def _check_reported(start: datetime, reported_at: datetime, at: datetime | None) -> None:
    if reported_at < start or (at is not None and reported_at > at):
        raise Refused("报告的时间早于中断或者还没有到", do="请核对报告的时间。")


def _bound(stop: Interruption, gap: Gap, told: Filing) -> InterruptionGap:
    first, last = gap.broke_off, gap.went_on
    return InterruptionGap(
        interruption=stop, found=gap.found,
        broke_off=first.recording if first else None, broke_off_second=first.second if first else None,
        went_on=last.recording if last else None, went_on_second=last.second if last else None,
        measures=list(told.measures), measures_note=told.measures_note.strip(),
    )  # fmt: skip


def _mark(stop: Interruption, voice: KeySegment, line: Pen, *, by: Actor, at: datetime) -> None:
    row = VoiceMark(interruption=stop, segment=voice, at=at, by=by.id)
    row.save(force_insert=True)
    line.about(row)


def _broke_off(gap: Span, links: list[Link]) -> Edge | None:
    """The last picture before the gap: of what ended there, or of what ran before and has none now."""
    ran = [link for link in links if span_of_link(link).start < gap.start]
    if not ran:
        return None
    last = max(ran, key=lambda link: min(span_of_link(link).end, gap.start))
    return _edge(last, min(span_of_link(last).end, gap.start))


def _went_on(gap: Span, links: list[Link]) -> Edge | None:
    runs = [link for link in links if span_of_link(link).end > gap.end]
    if not runs:
        return None
    first = min(runs, key=lambda link: max(span_of_link(link).start, gap.end))
    return _edge(first, max(span_of_link(first).start, gap.end))


def _edge(link: Link, moment: datetime) -> Edge:
    return Edge(link.recording, round((moment - span_of(link.recording).start).total_seconds(), 3))
