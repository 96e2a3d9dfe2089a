"""案卷：opened when a case is concluded, closed when the rules find nothing missing, checked and handed over by a second person, counted
and accepted by the archive, or returned with a reason and a new term. Acceptance is what archives the case.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.archive.catalogue import (
    catalogue_digest,
    counts_of,
    entries_of,
    numbered,
    papers_of_volume,
    recordings_of,
)
from liuhen.apps.archive.facts import with_filing, with_stores
from liuhen.apps.archive.models import PropertyReport, Volume, VolumeEntry, VolumeStep
from liuhen.apps.casework.facts import facts_of_case, facts_of_documents, facts_of_recordings
from liuhen.apps.casework.models import Case
from liuhen.apps.casework.stages import enter_archived
from liuhen.apps.evidence.knowing import withheld_among, withheld_from
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.filing import before_closing, filing_due
from liuhen.engines.rules.judging import Judgement
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused

Step = VolumeStep.Step
OPEN = "open"
STATES: Mapping[str, str] = {
    OPEN: "立卷中", Step.CLOSED: "已封卷，待检查移交", Step.SUBMITTED: "已移交，待接收", Step.ACCEPTED: "已归档", Step.RETURNED: "退回",
}  # fmt: skip
COUNTED: Mapping[str, str] = {
    "document": "文书件数", "sheet": "纸质材料件数", "pages": "总页数", "recording": "音像段数", "disc": "光盘张数",
}  # fmt: skip
_TOLD = 3


def open_volume(case: Case, *, by: Actor, officer: Officer, law: Rulebook | None, at: datetime) -> Volume:
    """立卷. Raises `Refused` before the case is concluded, and where it has its volume already."""
    allow(by, "volume.make", on=case, at=at)
    if case.concluded_at is None:
        raise Refused(f"执法事项 {case.number} 还没有终结，不能立卷", do="请先转入“终结”环节。")
    due = filing_due(law, concluded_at=case.concluded_at) if law else None
    row = Volume(
        agency=case.agency, unit=case.unit, case=case, title=f"{case.party}{case.cause}案卷", due_at=due, officer=officer, at=at, by=by.id
    )  # fmt: skip
    with act("volume.opened", by=by, at=at, agency=case.agency_id) as line:
        Case.objects.select_for_update().get(pk=case.pk)
        if Volume.objects.filter(case=case).exists():
            raise Refused(f"执法事项 {case.number} 已经立卷", do="请打开它的案卷办理。")
        row.number = next_number(case.agency, "案卷", at=at)
        row.save(force_insert=True)
        line.about(row)
        line.schedule("case.judge", case)
        keep(row)
    return row


def enter(row: Volume, entry: VolumeEntry, *, by: Actor, at: datetime) -> VolumeEntry:
    """A sheet that exists on paper alone, a remark, the order, or the withdrawal of a sheet; while the volume is open."""
    allow(by, "volume.make", on=row, at=at)
    sort = VolumeEntry.Sort(entry.sort)
    if sort == VolumeEntry.Sort.SHEET and not (entry.title.strip() and 0 < entry.pages <= 5000):
        raise Refused("纸质材料须写明名称和页数", do="页数按实际张面，一至五千。")
    if sort == VolumeEntry.Sort.REMARK and not entry.says.strip():
        raise Refused("说明是空的", do="请写明缺什么、为什么不需要或者在哪里。")
    entry.volume, entry.at, entry.by = row, at, by.id
    with act("volume.entered", by=by, at=at, agency=row.agency_id) as line:
        _check_state(row, (OPEN, Step.RETURNED), "已经封卷，不能再改")
        entry.save(force_insert=True)
        line.about(entry)
        line.about(row)
        line.schedule("case.judge", row.case)
    return entry


def close_volume(
    row: Volume, *, by: Actor, officer: Officer, law: Rulebook | None, note: str, at: datetime
) -> VolumeStep:
    """封卷：write the catalogue. Raises `Refused`, naming article and way out, while the rules find anything missing."""
    allow(by, "volume.make", on=row, at=at)
    _check_obstacles(obstacles(row, law=law, at=at), unpaged(row))
    edition = edition_of(row) + 1
    items = numbered(row, entries_of(row), edition=edition)
    if not items:
        raise Refused(f"案卷 {row.number} 是空的", do="请先完成文书、关联音像，或者登记纸质材料。")
    step = VolumeStep(
        volume=row, step=Step.CLOSED, edition=edition, officer=officer, counts=counts_of(items), catalogue=catalogue_digest(items),
        note=note.strip(), at=at, by=by.id,
    )  # fmt: skip
    with act("volume.closed", by=by, at=at, agency=row.agency_id) as line:
        _check_state(row, (OPEN, Step.RETURNED), "已经封卷")
        for item in items:
            item.save(force_insert=True)
            line.about(item)
        _enter(line, step)
        line.schedule("volume.examine", step)
    return step


def submit_volume(row: Volume, *, by: Actor, officer: Officer, note: str, at: datetime) -> VolumeStep:
    """检查并移交：by somebody who did not close it, once the four properties were found whole."""
    allow(by, "volume.submit", on=row, at=at)
    closed = last_of(row, Step.CLOSED)
    if closed is not None and closed.officer_id == officer.pk:
        raise Refused("立卷人不能自己检查自己的案卷", do="请由部门的另一名负责人检查、移交。")
    report = report_of(row, PropertyReport.Moment.BEFORE)
    if closed is not None and report is None:
        raise Refused(f"案卷 {row.number} 的四性检测还没有做完", do="检测由后台进行，稍候刷新页面。")
    if report is not None and not report.passed:
        raise Refused(
            f"案卷 {row.number} 的四性检测没有通过",
            do="请按检测报告逐项处理后重新封卷，或者由档案机构退回重立。",
        )
    verb = "volume.submitted"
    return _go_on(row, Step.SUBMITTED, verb, (Step.CLOSED,), by=by, officer=officer, note=note, at=at)


def accept_volume(
    row: Volume, *, by: Actor, officer: Officer, counted: Mapping[str, int], shelf: str, note: str, at: datetime
) -> VolumeStep:  # fmt: skip
    """接收归档：the archive counts what it receives. Raises `Refused` where the count differs from the slip, saying where."""
    allow(by, "volume.accept", on=row, at=at)
    _check_third(row, officer)
    submitted = last_of(row, Step.SUBMITTED)
    listed = submitted.counts if submitted else {}
    wrong = [
        f"{COUNTED[key]}应为 {listed[key]}，点到 {counted.get(key, 0)}"
        for key in listed
        if counted.get(key, 0) != listed[key]
    ]
    if wrong:
        raise Refused(f"清点与移交清单不符：{'；'.join(wrong)}", do="请重新清点；确实不符的，写明理由退回。")
    if not shelf.strip():
        raise Refused("没有写明存放位置", do="请写明库房、柜架和盒号。")
    verb = "volume.accepted"
    return _go_on(
        row, Step.ACCEPTED, verb, (Step.SUBMITTED,), by=by, officer=officer, note=note, shelf=shelf.strip(), at=at
    )  # fmt: skip


def return_volume(
    row: Volume, *, by: Actor, officer: Officer, reason: str, due_at: datetime, at: datetime
) -> VolumeStep:
    """退回：with the reason and a new term. The volume is open again; what was closed stays as it was written."""
    allow(by, "volume.accept", on=row, at=at)
    _check_third(row, officer)
    if not reason.strip() or due_at <= at:
        raise Refused("退回须写明理由和今后的期限", do="请写明缺哪一页、哪一件，何时之前补齐。")
    verb = "volume.returned"
    return _go_on(
        row, Step.RETURNED, verb, (Step.SUBMITTED,), by=by, officer=officer, note=reason, due_at=due_at, at=at
    )  # fmt: skip


# ── 现况 ───────────────────────────────────────────────────


def volumes() -> QuerySet[Volume]:
    return Volume.objects.select_related(
        "unit", "agency", "officer", "case__unit", "case__officer"
    ).prefetch_related("steps__officer")


def volumes_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Volume]:
    """Volumes this person may know of."""
    return volumes().filter(reach_of(viewer, "volume.view", at=at))


def volume_of(case: UUID) -> Volume | None:
    return volumes().filter(case=case).first()


def steps_of(row: Volume) -> list[VolumeStep]:
    return sorted(row.steps.all(), key=lambda step: (step.at, step.pk))


def state_of(row: Volume) -> str:
    """`open`, or the newest step."""
    steps = steps_of(row)
    return steps[-1].step if steps else OPEN


def due_of(row: Volume) -> datetime | None:
    """By when it must be filed: the term given with the newest return, else that of the law."""
    returned = [step.due_at for step in steps_of(row) if step.step == Step.RETURNED]
    return (returned[-1] if returned else None) or row.due_at


def last_of(row: Volume, step: str) -> VolumeStep | None:
    return next((one for one in reversed(steps_of(row)) if one.step == step), None)


def edition_of(row: Volume) -> int:
    """How many times it was closed."""
    return max((step.edition for step in steps_of(row)), default=0)


def report_of(row: Volume, moment: str) -> PropertyReport | None:
    """The newest examination of the volume as it was closed last."""
    rows = PropertyReport.objects.filter(volume=row, moment=moment, edition=edition_of(row))
    return rows.order_by("-at", "-pk").first()


def obstacles(row: Volume, *, law: Rulebook | None, at: datetime, viewer: Actor = SYSTEM) -> list[Judgement]:
    """What the law in force finds missing, were the volume closed now, in what the viewer may know of; nothing where none is in force."""
    if law is None:
        return []
    papers, recordings = papers_of_volume(row.case), recordings_of(row.case)
    if withheld_from(viewer, at=at).exists():
        away = withheld_among((one.pk for one in recordings), viewer, at=at)
        recordings = [one for one in recordings if one.pk not in away]
        papers = [one for one in papers if not {one.subject} & away]
    things = [
        Facts(case=with_filing(facts_of_case(row.case), row.case)),
        *(Facts(recording=told) for told in with_stores(facts_of_recordings(recordings), recordings)),
        *(Facts(document=told) for told in facts_of_documents(papers) if told is not None),
    ]
    return list(before_closing(law, facts=things, now=at))


def unpaged(row: Volume) -> list[str]:
    """Documents of which nobody counted the pages: made before that was done."""
    return [one.number for one in entries_of(row) if one.sort == "document" and not one.pages]


def _check_obstacles(found: Sequence[Judgement], no_pages: Sequence[str]) -> None:
    if found:
        told = [f"{one.finding.told}（{one.cite.article}）" for one in found[:_TOLD]]
        more = f"等 {len(found)} 项" if len(found) > _TOLD else ""
        raise Refused(
            f"封卷之前还有 {len(found)} 项没有办妥：{'；'.join(told)}{more}", cite=found[0].cite,
            do="请按案卷页面“封卷之前”所列逐项办理；依规不需要的，登记说明。",
        )  # fmt: skip
    if no_pages:
        raise Refused(
            f"文书 {'、'.join(no_pages[:_TOLD])} 没有页数", do="请作成新版本重新签名，或者作为纸质材料登记。"
        )


def _check_third(row: Volume, officer: Officer) -> None:
    if any(
        step.officer_id == officer.pk for step in steps_of(row) if step.step in (Step.CLOSED, Step.SUBMITTED)
    ):
        raise Refused("立卷、移交的人不能自己接收或者退回", do="请由档案机构的另一人办理。")


def _check_state(row: Volume, allowed: Sequence[str], why: str) -> None:
    """Asked again under the lock of the row: two people at once."""
    Volume.objects.select_for_update().get(pk=row.pk)
    newest = VolumeStep.objects.filter(volume=row).order_by("-at", "-pk").first()
    state = newest.step if newest else OPEN
    if state not in allowed:
        raise Refused(f"案卷 {row.number} {why}（现在：{STATES[state]}）", do="请刷新页面查看。")


def _go_on(
    row: Volume, step: str, verb: str, after: Sequence[str], *, by: Actor, officer: Officer, note: str, at: datetime, shelf: str = "",
    due_at: datetime | None = None,
) -> VolumeStep:  # fmt: skip
    closed, edition = last_of(row, Step.CLOSED), edition_of(row)
    made = VolumeStep(
        volume=row, step=step, edition=edition, officer=officer, counts=closed.counts if closed else {},
        catalogue=closed.catalogue if closed else "", note=note.strip(), shelf=shelf, due_at=due_at, at=at, by=by.id,
    )  # fmt: skip
    with act(verb, by=by, at=at, agency=row.agency_id) as line:
        _check_state(row, after, "不在这一步")
        _enter(line, made)
        if step == Step.ACCEPTED:
            enter_archived(
                row.case, line, by=by, note=f"案卷 {row.number} 已由档案机构接收（{shown(at)}）", at=at
            )
            line.schedule("volume.examine", made)
    return made


def _enter(line: Pen, step: VolumeStep) -> None:
    step.save(force_insert=True)
    line.about(step, catalogue=step.catalogue)
    line.about(step.volume)
    line.schedule("case.judge", step.volume.case)
