"""四性检测：真实、完整、可用、安全 of one volume as it was closed. Before the handover and after it the same checks by the same function.

The report is docs/formats/four-properties.md: each check has a code, its result and what differs. What this house does not do itself
(a search for viruses) is told as not checked, never as good.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from liuhen.apps.access.secrecy import secrecy_of
from liuhen.apps.archive import backup
from liuhen.apps.archive.catalogue import (
    Sort,
    catalogue_digest,
    entries_of,
    items_of,
    told_item,
)
from liuhen.apps.archive.facts import unnumbered
from liuhen.apps.archive.holders import breaks_of
from liuhen.apps.archive.metadata import missing_of
from liuhen.apps.archive.models import Disc, PropertyReport, Volume, VolumeItem, VolumeStep
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.queries import print_of
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspections
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Recorded
from liuhen.apps.journal.queries import faults_of_row, last_line
from liuhen.apps.journal.witnessing import standing
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.engines.vault import FileVault
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Tampered

FORMAT = "liuhen-four-properties-1"
PASS, NOTICE, FAIL, UNCHECKED = "pass", "notice", "fail", "not_checked"
_ALWAYS = "*"  # What is told of such a check stands in nobody's way.
PROPERTIES = {"authenticity": "真实性", "integrity": "完整性", "usability": "可用性", "security": "安全性"}


class Check(NamedTuple):
    """One check: what property it speaks of, its code and words, its result, and what differs."""

    property: str
    code: str
    says: str
    result: str
    details: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        return {
            "property": self.property,
            "code": self.code,
            "says": self.says,
            "result": self.result,
            "details": list(self.details),
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination looks at, read once."""

    volume: Volume
    items: list[VolumeItem]
    papers: dict[Any, Document]
    recordings: dict[Any, Recording]
    vault: FileVault
    witnesses: WitnessPolicy
    at: datetime


Find = Callable[[Examined], Iterator[str] | None]


def examine(step: VolumeStep, *, vault: FileVault, witnesses: WitnessPolicy, at: datetime) -> PropertyReport:
    """Examine the volume as that step closed or accepted it, and keep the report. Once for each step."""
    moment = (
        PropertyReport.Moment.BEFORE if step.step == VolumeStep.Step.CLOSED else PropertyReport.Moment.AFTER
    )
    volume = step.volume
    before = volume.property_reports.filter(moment=moment, edition=step.edition).first()
    if before is not None:
        return before
    checks = checks_of(volume, step.edition, vault=vault, witnesses=witnesses, at=at)
    items = items_of(volume, step.edition)
    passed = all(one.result != FAIL for one in checks)
    told = {
        "format": FORMAT, "volume": volume.number, "case": volume.case.number, "edition": step.edition, "moment": moment.value,
        "at": as_utc_text(at), "catalogue": step.catalogue, "items": [told_item(row) | {"id": str(row.thing)} for row in items],
        "checks": [one.told() for one in checks], "passed": passed,
    }  # fmt: skip
    row = PropertyReport(
        volume=volume, moment=moment, edition=step.edition, passed=passed, report=told, sha256=digest_of(canonical(told)).sha256, at=at
    )  # fmt: skip
    with act("volume.examined", by=SYSTEM, at=at, agency=volume.agency_id) as line:
        row.save(force_insert=True)
        line.about(row, report=row.sha256)
        line.about(volume)
    return row


def checks_of(
    volume: Volume, edition: int, *, vault: FileVault, witnesses: WitnessPolicy, at: datetime
) -> list[Check]:
    """Every check, in the order of the report."""
    items = items_of(volume, edition)
    papers = {row.pk: row for row in Document.objects.filter(pk__in=_things(items, Sort.DOCUMENT))}
    found = Recording.objects.filter(pk__in=_things(items, Sort.RECORDING)).select_related(
        "unit", "agency", "device", "officer"
    )
    one = Examined(volume, items, papers, {row.pk: row for row in found}, vault, witnesses, at)
    remarked = {_ALWAYS, *volume.entries.filter(sort="remark").values_list("code", flat=True)}
    return [_checked(*check, one, remarked) for check in _CHECKS]


def _things(items: Iterable[VolumeItem], sort: str) -> list[Any]:
    return [row.thing for row in items if row.sort == sort]


def _checked(
    kind: str, code: str, says: str, find: Find, excuse: str, one: Examined, remarked: set[str]
) -> Check:
    """`excuse` is the code of the remark beside which what differs is told and does not fail."""
    found = find(one)
    if found is None:
        return Check(kind, code, says, UNCHECKED)
    details = tuple(found)
    told = NOTICE if excuse in remarked else FAIL
    return Check(kind, code, says, told if details else PASS, details)


# ── 真实性 ─────────────────────────────────────────────────


def _originals(one: Examined) -> Iterator[str]:
    """Every byte read again from the disk."""
    for item in _of(one, Sort.RECORDING):
        row = one.recordings.get(item.thing)
        if row is None or (row.sha256, row.sm3) != (item.sha256, item.sm3):
            yield f"{item.number}：登记的摘要与目录不同"
            continue
        try:
            size = one.vault.reread(row.digest).size
        except (Tampered, Malformed, OSError) as error:
            yield f"{item.number}：{getattr(error, 'why', '') or '读不出来'}"
            continue
        if size != row.size:
            yield f"{item.number}：大小应为 {row.size} 字节，读到 {size}"


def _prints(one: Examined) -> Iterator[str]:
    for item in _of(one, Sort.DOCUMENT):
        row = one.papers.get(item.thing)
        content = print_of(row) if row else None
        found = digest_of(content) if content is not None else None
        if row is None or found is None or (found.sha256, row.sha256) != (item.sha256, item.sha256):
            yield f"{item.number}：打印件缺失，或者与目录上的摘要不同"


def _rows(one: Examined) -> Iterator[str]:
    """Each row against the digests in its newest line."""
    rows: list[Recorded] = [one.volume, *one.items, *one.papers.values(), *one.recordings.values()]
    for row in rows:
        for fault in faults_of_row(row, last_line(row.pk)):
            yield str(fault)


def _sources(one: Examined) -> Iterator[str]:
    for row in one.recordings.values():
        if row.quarantine:
            yield f"{row.number}：来源还没有核实（{row.quarantine}）"


def _witnessed(one: Examined) -> Iterator[str] | None:
    """Whether an outside witness has seen the record at all; a house that chose none says so."""
    if one.witnesses.is_none:
        return None
    return iter(() if standing(one.witnesses) else ("还没有见证单位会签过",))


# ── 完整性 ─────────────────────────────────────────────────


def _catalogue(one: Examined) -> Iterator[str]:
    """What stands in the catalogue is what belongs in the volume, and it is the one that was closed."""
    step = one.volume.steps.filter(step=VolumeStep.Step.CLOSED).order_by("-at", "-pk").first()
    if step is not None and catalogue_digest(one.items) != step.catalogue:
        yield "目录与封卷时的摘要不同"
    listed, now = {row.thing for row in one.items}, entries_of(one.volume)
    for entry in now:
        if entry.thing not in listed:
            yield f"{entry.number or entry.title}：属于本案而没有列入目录"
    gone = listed - {entry.thing for entry in now}
    yield from (f"{row.number or row.title}：目录上有而本案已没有" for row in one.items if row.thing in gone)


def _pages(one: Examined) -> Iterator[str]:
    """Pages follow one on the other from one to the last."""
    page = 0
    for row in one.items:
        if row.first_page is None or row.last_page is None:
            continue
        if row.first_page != page + 1 or row.last_page < row.first_page:
            yield f"{row.number or row.title}：页次 {row.first_page} 至 {row.last_page} 与前一件不相接"
        page = row.last_page


def _metadata(one: Examined) -> Iterator[str]:
    for row in one.recordings.values():
        missing = missing_of(row, one.volume.case)
        if missing:
            yield f"{row.number}：缺 {'、'.join(missing)}"


def _numbers(one: Examined) -> Iterator[str]:
    yield from (f"{row.number}：还没有档案编号" for row in unnumbered(list(one.recordings.values())))


def _chain(one: Examined) -> Iterator[str]:
    yield from breaks_of(one.volume.case)


# ── 可用性 ─────────────────────────────────────────────────


def _readable(one: Examined) -> Iterator[str]:
    """The technical check could read each file; what it could not open is told."""
    seen = newest_inspections(one.recordings)
    for row in one.recordings.values():
        found = seen.get(row.pk)
        if found is None:
            yield f"{row.number}：还没有技术检查"
        elif not found.facts.get("format") or found.facts.get("kind") in (None, "", "unknown"):
            yield f"{row.number}：格式不能识别"


def _papers_open(one: Examined) -> Iterator[str]:
    for row in one.papers.values():
        content = print_of(row)
        if content is None or not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
            yield f"{row.number}：打印件不是完整的 PDF"


def _discs(one: Examined) -> Iterator[str]:
    for disc in Disc.objects.filter(pk__in=_things(one.items, Sort.DISC)):
        last = disc.checks.order_by("-at", "-pk").first()
        if last is None or not last.good:
            yield f"{disc.number}：{'读回不符' if last else '没有读回核对'}"
        elif last.next_at < one.at:
            yield f"{disc.number}：已过下次核对的日期"


# ── 安全性 ─────────────────────────────────────────────────


def _marks(one: Examined) -> Iterator[str]:
    told = secrecy_of(list(one.recordings))
    for row in one.recordings.values():
        standing_ = told.get(row.pk)
        open_ = set(standing_.told) - set(standing_.marked) if standing_ else set()
        if open_:
            yield f"{row.number}：已指出涉密或者隐私而没有标记"


def _second_copy(one: Examined) -> Iterator[str]:
    for row in one.recordings.values():
        if backup.covering_run(row) is None:
            yield f"{row.number}：还没有备份覆盖到"


def _malware(_one: Examined) -> Iterator[str] | None:
    """The house runs no scanner: originals are never executed, and are read in a sandbox alone."""
    return None


def _of(one: Examined, sort: str) -> list[VolumeItem]:
    return [row for row in one.items if row.sort == sort]


_CHECKS: tuple[tuple[str, str, str, Find, str], ...] = (
    ("authenticity", "A1", "原件逐字节重读，SHA-256 和 SM3 与登记、目录一致", _originals, ""),
    ("authenticity", "A2", "文书打印件的摘要与登记、目录一致", _prints, ""),
    ("authenticity", "A3", "案卷、目录、文书、音像的登记与存证台账一致", _rows, ""),
    ("authenticity", "A4", "音像来源已经核实", _sources, "sources"),
    ("authenticity", "A5", "存证有外部见证", _witnessed, _ALWAYS),
    ("integrity", "I1", "目录没有遗漏，与封卷时一致", _catalogue, ""),
    ("integrity", "I2", "页次相接", _pages, ""),
    ("integrity", "I3", "音像元数据的必填项齐全", _metadata, "metadata"),
    ("integrity", "I4", "音像已有档案编号", _numbers, "recordings"),
    ("integrity", "I5", "交接链没有断点（制度要求的，封卷时已经核对）", _chain, _ALWAYS),
    ("usability", "U1", "音像格式可以识别，技术检查已经做过", _readable, "unreadable"),
    ("usability", "U2", "文书打印件是完整的 PDF", _papers_open, ""),
    ("usability", "U3", "光盘读回核对相符，没有过期", _discs, ""),
    ("security", "S1", "涉密、隐私已经标记", _marks, ""),
    ("security", "S2", "有第二份（备份）", _second_copy, _ALWAYS),
    ("security", "S3", "病毒检查", _malware, ""),
)  # fmt: skip
