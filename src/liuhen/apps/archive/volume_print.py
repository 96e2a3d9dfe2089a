"""The printed volume: cover 封面, catalogue 卷内目录 and 备考表 as one PDF. The same catalogue and way give the same bytes."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from liuhen.apps.archive import catalogue, volumes
from liuhen.apps.archive.models import Volume, VolumeItem, VolumeStep
from liuhen.apps.registry.queries import names_of
from liuhen.engines.forms import print_document
from liuhen.engines.forms.definition import load_form
from liuhen.engines.forms.filled import Filled, Signed
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.clock import shown

REMARKS = {
    "text": "没有文字记录", "recordings": "没有音像，或者没有编号", "handover_chain": "交接链的断点", "unreadable": "不能识别的音像",
    "metadata": "元数据欠缺", "sources": "来源未核实", "other": "其他情况",
}  # fmt: skip

_SIGNS: dict[str, str] = {
    VolumeStep.Step.CLOSED: "officer",
    VolumeStep.Step.SUBMITTED: "head",
    VolumeStep.Step.ACCEPTED: "receiver",
}


def printed(row: Volume, *, forms: Path, viewer: Actor = SYSTEM, now: datetime | None = None) -> bytes:
    """The volume as it was closed last; before the first closing as it would be. For a reader without what is withheld from him."""
    edition, steps = volumes.edition_of(row), volumes.steps_of(row)
    items = catalogue.items_of(row, edition) or catalogue.numbered(row, catalogue.entries_of(row), edition=0)
    items = catalogue.known_items(items, viewer=viewer, at=now or row.at)
    form = replace(load_form(forms / "house" / "volume.form"), folder=forms)
    told = {
        "title": row.title, "case": row.case.number, "unit": f"{row.agency.name}{row.unit.name}", "officers": _officers(row),
        "dates": _dates(row), "counts": counts_says(catalogue.counts_of(items)), "digest": catalogue.catalogue_digest(items),
        "shelf": next((step.shelf for step in reversed(steps) if step.shelf), "尚未归档"),
        "catalogue": "\n".join("\t".join(_cells(item)) for item in items), "remarks": _remarks(row),
        "way": "\n".join(_flat(step.get_step_display(), step.officer.name, shown(step.at), step.note) for step in steps),
    }  # fmt: skip
    at = steps[-1].at if steps else row.at
    signed = [
        Signed(role=_SIGNS[step.step], name=step.officer.name, at=step.at)
        for step in steps
        if step.step in _SIGNS and step.edition == edition
    ]
    return print_document(
        Filled(
            form=form, number=row.number, agency=row.agency.name, made_at=at, values=told, signatures=signed
        )
    )


def counts_says(counts: dict[str, int]) -> str:
    """What is in a volume, in words."""
    return (
        f"文书 {counts['document']} 件，纸质材料 {counts['sheet']} 件，共 {counts['pages']} 页；音像 {counts['recording']} 段，光盘 {counts['disc']} 张"
    )  # fmt: skip


def pages_says(item: VolumeItem) -> str:
    if item.first_page is None:
        return ""
    return (
        str(item.first_page) if item.first_page == item.last_page else f"{item.first_page}–{item.last_page}"
    )


def _cells(item: VolumeItem) -> list[str]:
    day = shown(item.dated)[:10] if item.dated else ""
    return [
        " ".join(cell.split())
        for cell in (item.number, item.responsible, item.title, day, pages_says(item), item.note)
    ]


def _remarks(row: Volume) -> str:
    rows = catalogue.remarks_of(row)
    names = names_of(one.by for one in rows)
    return "\n".join(
        _flat(REMARKS.get(one.code, one.code), one.says, f"{names.get(one.by, '')} {shown(one.at)}")
        for one in rows
    )


def _officers(row: Volume) -> str:
    return "、".join(one.name for one in (row.case.officer, row.case.second_officer) if one)


def _dates(row: Volume) -> str:
    ends = shown(row.case.concluded_at)[:10] if row.case.concluded_at else ""
    return f"{shown(row.case.opened_at)[:10]} 至 {ends}"


def _flat(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells)
