"""The timeline of an activity or a case as pages draw it: the obligation's pieces from the rules, lanes from the rows.

The pieces are the rules engine's own, so that what is drawn and what is judged never disagree. Nothing is corrected
here: a recording lies where its believed clock puts it, and a camera's clock error is told beside its lane.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from liuhen.apps.casework.facts import facts_of_activity, span_of_link
from liuhen.apps.casework.models import Activity, Declaration, Link
from liuhen.apps.evidence.models import Recording
from liuhen.engines.rules import timeline
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.timelines import Piece, Timeline
from liuhen.engines.rules.timelines import State as PieceState
from liuhen.interfaces.api.shapes import (
    SpanKind,
    TimelineInput,
    TimelineLane,
    TimelinePoint,
    TimelineSpan,
    TimelineTotals,
    TimelineWindow,
)
from liuhen.kernel.clock import shown_length
from liuhen.kernel.spans import Span, total

_KINDS: dict[PieceState, SpanKind] = {
    PieceState.RECORDED: "recorded", PieceState.EXCEPTED: "excepted", PieceState.EXPLAINED: "explained",
    PieceState.MISSING: "missing",
}  # fmt: skip
_EDGE = timedelta(minutes=1)
_SAME_TAKE = timedelta(seconds=1.5)


def truth_of(activity: Activity, *, law: Rulebook, at: datetime) -> Timeline:
    """The rules' answer about the activity's time."""
    return timeline(law, activity=facts_of_activity(activity), now=at)


def drawn(
    activities: Iterable[tuple[Activity, Timeline]],
    *,
    links: Iterable[Link],
    declarations: Iterable[Declaration],
    signings: Iterable[tuple[datetime, str]],
    law: Rulebook,
) -> TimelineInput | None:
    """One line of time for one or several activities; None where no window is known."""
    told = [(activity, truth) for activity, truth in activities if truth.window]
    pieces = [span for activity, truth in told for span in _summary(activity, truth, law)]
    if not told:
        return None
    takes = [link for link in links if link.recording.started_at and link.recording.ended_at]
    window = _window([t.window for _, t in told if t.window], takes)
    signed = [(at, label) for at, label in signings if window.start <= at <= window.end]
    lanes = [*_cameras(takes), *_documents(signed), _events([a for a, _ in told], declarations)]
    return TimelineInput(
        window=window,
        lanes=lanes,
        summary=pieces,
        totals=_totals(pieces),
    )


def says(truth: Timeline, drawn_: TimelineInput | None) -> str:
    """The timeline in one sentence, for those who do not see it."""
    duty = f"{truth.duty.label}。" if truth.duty else ""
    if drawn_ is None:
        return duty + truth.reason
    sums = drawn_.totals
    parts = [
        (sums.recorded_seconds, "已录"), (sums.excepted_seconds, "依规免除"), (sums.explained_seconds, "已说明"),
        (sums.missing_seconds, "缺失"),
    ]  # fmt: skip
    told = "，".join(f"{word} {shown_length(timedelta(seconds=n))}" for n, word in parts if n)
    under_way = "（活动尚未结束，算到此刻）" if truth.is_open else ""
    if not sums.required_seconds:
        return f"{duty}没有必须全程记录的时段。"
    return f"{duty}应录 {shown_length(timedelta(seconds=sums.required_seconds))}{under_way}：{told}。"


def _summary(activity: Activity, truth: Timeline, law: Rulebook) -> list[TimelineSpan]:
    return [_span(piece, activity, truth, law) for piece in truth.pieces if piece.state in _KINDS]


def _span(piece: Piece, activity: Activity, truth: Timeline, law: Rulebook) -> TimelineSpan:
    kind = _KINDS[piece.state]
    return TimelineSpan(
        start=piece.span.start, end=piece.span.end, kind=kind, label=piece.says or _label(kind, activity, law),
        article=_article(kind, activity, truth, law),
    )  # fmt: skip


def _label(kind: SpanKind, activity: Activity, law: Rulebook) -> str:
    if kind != "excepted":
        return ""
    exemption = getattr(activity, "exemption", None)
    labels = {ground.code: ground.label for ground in law.grounds}
    return labels.get(exemption.code, "") if exemption else ""


def _article(kind: SpanKind, activity: Activity, truth: Timeline, law: Rulebook) -> str | None:
    if kind == "recorded":
        return None
    if kind == "excepted":
        exemption = getattr(activity, "exemption", None)
        ground = next((g for g in law.grounds if exemption and g.code == exemption.code), None)
        return law.cite(ground.clause).article if ground else None
    if kind == "explained":
        rules = law.rules_of("interruption")
        return rules[0].citation.article if rules else None
    return truth.cite.article if truth.cite else None


def _totals(pieces: list[TimelineSpan]) -> TimelineTotals:
    def seconds(*kinds: str) -> float:
        return total(Span(p.start, p.end) for p in pieces if p.kind in kinds).total_seconds()

    return TimelineTotals(
        required_seconds=seconds("recorded", "excepted", "explained", "missing"),
        recorded_seconds=seconds("recorded"),
        excepted_seconds=seconds("excepted"),
        explained_seconds=seconds("explained"),
        missing_seconds=seconds("missing"),
    )


def _window(windows: list[Span], takes: list[Link]) -> TimelineWindow:
    """The obligation and everything recorded of it, with a little room at both ends."""
    spans = [*windows, *(span_of_link(link) for link in takes)]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    room = max(_EDGE, (end - start) * 0.02)
    return TimelineWindow(start=start - room, end=end + room)


def camera_of(recording: Recording) -> str:
    """A camera and who wore it, as a lane is called."""
    device = recording.device.number if recording.device else "设备不明"
    return f"{device} · {recording.officer.name if recording.officer else '使用人不明'}"


def _cameras(takes: list[Link]) -> list[TimelineLane]:
    lanes: dict[str, list[Link]] = {}
    for link in takes:
        lanes.setdefault(camera_of(link.recording), []).append(link)
    return [
        TimelineLane(
            id=f"camera-{number}",
            label=label,
            kind="camera",
            clock_offset_seconds=next(
                (offset for one in rows if (offset := one.recording.clock_error) is not None), None
            ),
            spans=_takes(rows),
            points=[],
        )
        for number, (label, rows) in enumerate(sorted(lanes.items()))
    ]


def _takes(links: list[Link]) -> list[TimelineSpan]:
    """A camera cuts a long take into files; those that follow each other without a gap name the same take.

    Of a recording that is linked in part, the part is drawn and no more, as it is counted.
    """
    spans: list[TimelineSpan] = []
    for link in sorted(links, key=lambda link: (span_of_link(link).start, link.recording.number)):
        row, span = link.recording, span_of_link(link)
        last = spans[-1] if spans else None
        goes_on = last is not None and timedelta() <= span.start - last.end <= _SAME_TAKE
        take = last.take if last is not None and goes_on else str(row.pk)
        spans.append(
            TimelineSpan(
                start=span.start, end=span.end, kind="recorded", label=row.number, recording=str(row.pk), take=take
            )
        )  # fmt: skip
    return spans


def _documents(signings: Iterable[tuple[datetime, str]]) -> list[TimelineLane]:
    points = [TimelinePoint(at=at, label=label, kind="signature") for at, label in signings]
    if not points:
        return []
    return [
        TimelineLane(
            id="documents", label="文书", kind="documents", clock_offset_seconds=None, spans=[], points=points
        )
    ]


def _events(activities: list[Activity], declarations: Iterable[Declaration]) -> TimelineLane:
    points = [point for activity in activities for point in _moments(activity)]
    points += [TimelinePoint(at=d.at, label=f"申报 {d.device.number}", kind="event") for d in declarations]
    return TimelineLane(
        id="events", label="经过", kind="events", clock_offset_seconds=None, spans=[],
        points=sorted(points, key=lambda point: point.at),
    )  # fmt: skip


def _moments(activity: Activity) -> list[TimelinePoint]:
    told: list[tuple[datetime | None, str, str]] = [
        (activity.arrived_at, "到达", "start"), (activity.started_at, "开始", "event"),
        (activity.case_area_entry_at, "进入办案区", "event"), (activity.case_area_left_at, "离开办案区", "event"),
        (activity.ended_at, "结束", "stop"), (activity.left_at, "离开", "event"),
    ]  # fmt: skip
    return [
        TimelinePoint.model_validate({"at": at, "label": label, "kind": kind})
        for at, label, kind in told
        if at
    ]
