"""元数据：what DA/T 63-2017 asks to be told of a recording, from our rows. The published table is docs/formats/metadata.md."""

from collections.abc import Mapping
from typing import NamedTuple

from liuhen.apps.casework.linking import live_links
from liuhen.apps.casework.models import Case
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspection
from liuhen.kernel.clock import shown


class Element(NamedTuple):
    """One element: the standard's name for it, and whether a volume may lack it."""

    name: str
    required: bool


ELEMENTS: Mapping[str, Element] = {
    "fonds": Element("立档单位名称", required=True),
    "number": Element("电子档案号", required=True),
    "title": Element("题名", required=True),
    "creator": Element("摄录者", required=True),
    "date": Element("摄录时间", required=True),
    "place": Element("摄录地点", required=False),
    "subject": Element("主题", required=True),
    "keeping": Element("保管期限", required=False),
    "format": Element("计算机文件格式", required=True),
    "size": Element("计算机文件大小", required=True),
    "name": Element("计算机文件名", required=True),
    "digest": Element("数字摘要值", required=True),
    "device": Element("采集设备信息", required=False),
    "length": Element("时间长度", required=False),
}


def values_of(row: Recording, case: Case) -> dict[str, str]:
    """Each element's value as text; empty where it is not known."""
    link = (
        live_links()
        .filter(recording=row, activity__case=case)
        .select_related("activity")
        .order_by("at")
        .first()
    )
    inspection = newest_inspection(row.pk)
    facts = inspection.facts if inspection else {}
    officer = row.officer.name if row.officer else row.officer_number
    length = facts.get("duration")
    return {
        "fonds": row.agency.name, "number": row.number, "title": f"{case.cause} {link.activity.subject if link else ''}".strip(),
        "creator": officer, "date": shown(row.started_at) if row.started_at else "", "place": link.activity.place_text if link else case.place_text,
        "subject": case.cause, "keeping": _keeping(row), "format": str(facts.get("format") or ""), "size": str(row.size),
        "name": row.source_name, "digest": f"SHA-256 {row.sha256} SM3 {row.sm3}", "device": row.device.number if row.device else "",
        "length": f"{length:.3f} s" if isinstance(length, int | float) else "",
    }  # fmt: skip


def missing_of(row: Recording, case: Case) -> list[str]:
    """The required elements that are not known, by the standard's names."""
    told = values_of(row, case)
    return [element.name for key, element in ELEMENTS.items() if element.required and not told[key]]


def _keeping(row: Recording) -> str:
    held = getattr(row, "keeping", None)
    return held.label if held is not None else ""
