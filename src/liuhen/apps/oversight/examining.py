"""Examinations (监督检查): planned, drawn by a seed that did not exist then, scored, remarked on, answered, ended.

A plan lays down everything that may be drawn before its line is written; the seed is the first checkpoint over that line.
Nobody can choose the rows afterwards, and anybody can draw them again (docs/formats/sample.md, verifier/sample.py).
Targeted review says why. Who is examined answers or appeals; an appeal is decided by another person than who made the remark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal import queries as journal
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.oversight.models import Drawn, Examination, Remark, Reply, Score
from liuhen.apps.registry.models import Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import Place, allow
from liuhen.engines.ledger.sampling import draw, frame_digest
from liuhen.kernel.actors import Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import Refused, Unavailable

DRAW = "examination.draw"
MOST_IN_FRAME = 50_000
MOST_DRAWN = 500
_SEALED_WITHIN = timedelta(seconds=3)
_TIMES = {"recording": "received_at", "activity": "planned_at", "case": "opened_at", "document": "made_at"}
_ROWS: dict[str, QuerySet[Any]] = {
    "recording": Recording.objects.exclude(form=Recording.Form.LOG),
    "activity": Activity.objects.all(),
    "case": Case.objects.all(),
    "document": Document.objects.all(),
}
_NEXT = {
    "": ("answered", "appealed"), "answered": ("accepted", "returned", "lifted"), "appealed": ("returned", "lifted"),
    "returned": ("answered", "appealed"),
}  # fmt: skip
_EXAMINED = ("answered", "appealed")
ENDS = ("accepted", "lifted")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person asks to examine. `chosen` names the things of a targeted review, which then needs `reason`."""

    kind: str
    of: str
    title: str
    since: datetime
    until: datetime
    due_at: datetime
    size: int = 0
    reason: str = ""
    chosen: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """One remark as it is entered: a problem with an article and a date, or praise."""

    sort: str
    says: str
    drawn: Drawn | None = None
    second: float | None = None
    cite: Citation | None = None
    due_at: datetime | None = None


def rows_in(unit: Unit, of: str, *, since: datetime, until: datetime) -> QuerySet[Any]:
    """Everything of one kind that belongs to the unit or one below it, by its own time in [since, until)."""
    time = _TIMES[of]
    within = {"agency": unit.agency_id, "unit__path__startswith": unit.path}
    return _ROWS[of].filter(**within, **{f"{time}__gte": since, f"{time}__lt": until})


def plan_examination(unit: Unit, scope: Scope, *, by: Actor, at: datetime) -> Examination:
    """Lay down the scope and everything that could be drawn. Raises `Refused` where there is nothing to draw from."""
    allow(by, "examination.write", on=Place(unit.agency_id, unit.path), at=at)
    _check_scope(scope, at)
    rows = rows_in(unit, scope.of, since=scope.since, until=scope.until)
    rows = rows.exclude(withheld_things(by, at=at, by="pk"))
    frame = sorted(str(key) for key in rows.values_list("pk", flat=True)[: MOST_IN_FRAME + 1])
    _check_frame(scope, frame)
    row = Examination(
        agency_id=unit.agency_id, unit=unit, kind_of_check=scope.kind, of=scope.of, title=scope.title, reason=scope.reason, since=scope.since,
        method=Examination.Method.TARGETED if scope.chosen else Examination.Method.RANDOM, until=scope.until, frame="\n".join(frame),
        frame_digest=frame_digest(frame), frame_count=len(frame), size=len(scope.chosen) or min(scope.size, len(frame)), due_at=scope.due_at,
        planned_by=by.id, planned_at=at,
    )  # fmt: skip
    with act("examination.planned", by=by, at=at, agency=unit.agency_id) as line:
        row.number = next_number(unit.agency, "检查", at=at)
        row.drawn_at = at if scope.chosen else None
        row.save(force_insert=True)
        line.about(row, frame=row.frame_digest, size=row.size)
        for order, key in enumerate(scope.chosen, start=1):
            _take(line, row, order, str(key), "")
        if not scope.chosen:
            line.schedule(DRAW, row, after=_SEALED_WITHIN)
        _judged(line, row)
    return row


def draw_examination(row: Examination, *, by: Actor, at: datetime) -> None:
    """Draw by the first checkpoint over the plan's line. Raises `Unavailable` until there is one; a second call does nothing."""
    number = plan_line(row)
    seed = journal.first_checkpoint_over(number)
    if row.drawn_at is not None:
        return
    if seed is None:
        raise Unavailable(
            "计划还没有封存，种子尚未产生", do="几秒之后即会封存，届时自动抽取。", retry_seconds=10
        )
    picks = draw(row.frame.split("\n"), root=bytes.fromhex(seed.root), line=number, size=row.size)
    with act("examination.sampled", by=by, at=at, agency=row.agency_id) as line:
        row.checkpoint_size, row.root, row.drawn_at = seed.size, seed.root, at
        row.save(update_fields=["checkpoint_size", "root", "drawn_at"])
        line.about(row, checkpoint=seed.size)
        for order, pick in enumerate(picks, start=1):
            _take(line, row, order, pick.row, pick.key)


def plan_line(row: Examination) -> int:
    """The journal number of the plan: the oldest line about it."""
    return journal.first_line_about(row.kind(), row.pk)


def score_drawn(
    drawn: Drawn, *, by: Actor, answers: Mapping[str, str], labels: Mapping[str, str], note: str, at: datetime
) -> None:
    """Enter what was found on each item of the sheet. `labels` is the sheet: code -> words."""
    row = drawn.examination
    allow(by, "examination.write", on=row, at=at)
    _check_open(row)
    with act("examination.scored", by=by, at=at, agency=row.agency_id) as line:
        for code, answer in answers.items():
            made = Score(
                drawn=drawn, code=code, label=labels[code], answer=answer, note=note, at=at, by=by.id
            )
            made.save(force_insert=True)
            line.about(made)
        _judged(line, row)


def enter_remark(row: Examination, opinion: Opinion, *, by: Actor, at: datetime) -> Remark:
    """A problem names its article and by when it is to be mended; praise needs neither."""
    allow(by, "examination.write", on=row, at=at)
    _check_open(row)
    cite = opinion.cite
    if opinion.sort == Remark.Sort.PROBLEM and (cite is None or opinion.due_at is None):
        raise Refused("指出问题须写明依据的条文和整改期限", do="请选择条文，填写整改期限。")
    made = Remark(
        examination=row, drawn=opinion.drawn, sort=opinion.sort, says=opinion.says, second=opinion.second, due_at=opinion.due_at,
        clause=cite.clause if cite else "", regulation=cite.regulation if cite else "", article=cite.article if cite else "", at=at, by=by.id,
    )  # fmt: skip
    with act("examination.remarked", by=by, at=at, agency=row.agency_id) as line:
        made.save(force_insert=True)
        line.about(made)
        _judged(line, row)
    return made


def reply(remark: Remark, *, by: Actor, sort: str, says: str, at: datetime) -> Reply:
    """Answer, appeal, accept, return or lift. Raises `Refused` out of turn, and for who would decide on his own remark."""
    row = remark.examination
    allow(by, "examination.answer" if sort in _EXAMINED else "examination.write", on=row, at=at)
    last = last_reply(remark)
    if sort not in ways_from(remark):
        raise Refused(f"现在不能“{Reply.Sort(sort).label}”这条意见", do="请刷新页面，看它办到哪一步。")
    if last is not None and last.sort == Reply.Sort.APPEALED and by.id == remark.by:
        raise Refused("申诉不能由提出意见的人自己裁定", do="请另一位有检查权限的人办理。")
    if last is not None and last.by == by.id and sort not in _EXAMINED:
        raise Refused("不能认可或者退回自己的答复", do="请另一位有检查权限的人办理。")
    made = Reply(remark=remark, sort=sort, says=says, at=at, by=by.id)
    with act("examination.replied", by=by, at=at, agency=row.agency_id) as line:
        made.save(force_insert=True)
        line.about(made)
        _judged(line, row)
    return made


def close_examination(
    row: Examination, *, by: Actor, entered: Sequence[str], summary: str, at: datetime
) -> None:
    """End it, and say where the result was entered. What is missing by the pack becomes a finding, not a refusal."""
    allow(by, "examination.write", on=row, at=at)
    _check_open(row)
    with act("examination.closed", by=by, at=at, agency=row.agency_id) as line:
        row.closed_at, row.closed_by, row.entered, row.summary = at, by.id, sorted(entered), summary
        row.save(update_fields=["closed_at", "closed_by", "entered", "summary"])
        line.about(row)
        _judged(line, row)
        line.schedule("unit.judge", row.unit)


def ways_from(remark: Remark) -> tuple[str, ...]:
    """What may follow now, whoever does it."""
    last = last_reply(remark)
    return () if remark.sort == Remark.Sort.PRAISE else _NEXT.get(last.sort if last else "", ())


def is_for_examined(sort: str) -> bool:
    """Whether a step is taken by who is examined; the others are by who examines."""
    return sort in _EXAMINED


def last_reply(remark: Remark) -> Reply | None:
    return max(remark.replies.all(), key=lambda one: (one.at, one.pk), default=None)


def _take(line: Pen, row: Examination, order: int, subject: str, key: str) -> None:
    drawn = Drawn(examination=row, order=order, subject=UUID(subject), key=key)
    drawn.save(force_insert=True)
    line.about(drawn)


def _judged(line: Pen, row: Examination) -> None:
    line.schedule("examination.judge", row)


def _check_open(row: Examination) -> None:
    if row.drawn_at is None:
        raise Refused(f"{row.number} 还没有抽取", do="计划封存之后自动抽取，请稍候刷新。")
    if row.closed_at is not None:
        raise Refused(f"{row.number} 已经办结", do="如有新的情况，请另立一次检查。")


def _check_scope(scope: Scope, at: datetime) -> None:
    if scope.since >= scope.until:
        raise Refused("检查的时段没有长度", do="请让起始早于终止。")
    if scope.until > at:
        raise Refused("检查的时段还没有过完，可抽的各件还会增加", do="请把终止时间定在现在以前。")
    if scope.chosen and not scope.reason:
        raise Refused("指定查看须写明理由", do="请写明为何查看这些，而不随机抽取。")


def _check_frame(scope: Scope, frame: Sequence[str]) -> None:
    if len(frame) > MOST_IN_FRAME:
        raise Refused(f"这个范围超过 {MOST_IN_FRAME} 件", do="请缩短时段，或者分部门检查。")
    missing = [str(key) for key in scope.chosen if str(key) not in set(frame)]
    if missing:
        raise Refused(f"指定的有 {len(missing)} 件不在检查的部门和时段之内", do="请核对部门、种类和时段。")
    if not frame:
        raise Refused("这个部门在这段时间里没有可查的", do="请换一个部门、种类或者时段。")
    if not scope.chosen and not 0 < scope.size <= MOST_DRAWN:
        raise Refused(f"抽取件数须在 1 至 {MOST_DRAWN} 之间", do="请更正抽取件数。")
