"""A register as a page and as a file, from its one definition; the rows behind a figure are shown the same way."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic import StringConstraints

from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.registers.definition import Register, Wanted, page_of_register, rows_of, whole
from liuhen.apps.registry import queries as registry
from liuhen.engines.forms.sheets import csv_of, xlsx_of
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import PAGE, Line, Told, Word, between
from liuhen.interfaces.api.shapes import Action, Filter, Link, Option, Teach
from liuhen.interfaces.api.shapes_oversight import Column, SheetPage, SheetRow
from liuhen.interfaces.api.words import count_label
from liuhen.kernel.errors import Malformed

_TYPES: dict[str, tuple[str, Callable[..., bytes]]] = {
    "csv": ("text/csv; charset=utf-8", csv_of),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_of),
}


class SheetAsked(Told):
    """The query of a register: words, a period, a unit by its code, the key of the next page."""

    q: Line = ""
    when: Word = ""
    unit: Word = ""
    after: Annotated[str, StringConstraints(max_length=40)] = ""


def register_page(asking: Asking, key: str, listed: SheetAsked) -> SheetPage:
    register = register_of(asking, key)
    rows = _rows(asking, register, listed)
    query = "&".join(f"{name}={value}" for name in ("q", "when", "unit") if (value := getattr(listed, name)))
    return sheet(
        asking, register, rows, after=listed.after, title=register.title, says=register.says, filters=_filters(asking, register),
        actions=_actions(asking, key), downloads=f"/api/v1/registers/{key}/table?{query}{'&' if query else ''}form=",
    )  # fmt: skip


def register_file(asking: Asking, key: str, listed: SheetAsked, *, form: str) -> HttpResponse:
    """The whole of what the page would list. Raises `Refused` above twenty thousand rows."""
    register = register_of(asking, key)
    return file_of(register.columns, whole(register, _rows(asking, register, listed)), name=key, form=form)


def file_of(heads: tuple[str, ...], rows: list[list[object]], *, name: str, form: str) -> HttpResponse:
    media_type, make = _TYPES[form]
    answer = HttpResponse(make(heads, rows), content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def register_of(asking: Asking, key: str) -> Register:
    """The register, for those whose posts know what it lists; for others there is none."""
    register = REGISTERS.get(key)
    if register is None or not asking.can(register.action):
        raise Gone
    return register


def sheet(
    asking: Asking, register: Register, rows: QuerySet[Any], *, after: str, title: str, says: str, filters: list[Filter], actions: list[Action],
    downloads: str,
) -> SheetPage:  # fmt: skip
    found, following = page_of_register(register, rows, after=_key(after), size=PAGE)
    return SheetPage(
        key=register.key, title=title, says=says, columns=[Column(key=f"c{n}", label=label) for n, label in enumerate(register.columns)],
        rows=[
            SheetRow(id=str(row.pk), to=register.to(row), cells=["" if cell is None else str(cell) for cell in register.cells(row)],
                     actions=_row_actions(asking, register, row))
            for row in found
        ],
        next=str(following) if following else None, count_label=count_label(rows.order_by()[:1001].count()), filters=filters, actions=actions,
        downloads=[Link(label=form.upper(), to=f"{downloads}{form}") for form in _TYPES],
        teach=Teach(title=f"{title}里还没有内容", what_belongs=says, how_it_gets_here="台账由各处办理时的登记自动形成，不另外填写；训练和制度两本除外。"),
    )  # fmt: skip


def unit_filter(asking: Asking) -> Filter:
    units = registry.units_of(asking.officer.agency_id)
    return Filter(
        key="unit", label="部门", kind="select", options=[Option(value=u.code, label=u.name) for u in units]
    )


def path_of(asking: Asking, code: str) -> str:
    """The path of the unit with this code; the whole agency without one. Raises `Malformed` for an unknown one."""
    units = registry.units_of(asking.officer.agency_id)
    found = next(
        (unit.path for unit in units if (unit.code == code if code else unit.parent_id is None)), None
    )
    if found is None:
        raise Malformed("没有这个部门", do="请清除筛选后重新选择。")
    return found


def period_of(when: str) -> tuple[datetime | None, datetime | None]:
    """The first moment of the first day, and the first after the last."""
    bounds = dict(cast("list[tuple[str, datetime]]", between(when, "t").children))
    return bounds.get("t__gte"), bounds.get("t__lt")


def _rows(asking: Asking, register: Register, listed: SheetAsked) -> QuerySet[Any]:
    since, until = period_of(listed.when)
    path = path_of(asking, listed.unit) if listed.unit else ""
    return rows_of(register, Wanted(since, until, path, listed.q), by=asking.by, at=asking.at)


def _filters(asking: Asking, register: Register) -> list[Filter]:
    found = [Filter(key="q", label="查找", kind="text")] if register.words else []
    found += [unit_filter(asking)] if register.unit else []
    return found + ([Filter(key="when", label="日期", kind="dates")] if register.when else [])


def _actions(asking: Asking, key: str) -> list[Action]:
    offered = {
        "training": (
            "training.keep",
            Action(key="new", label="安排培训", main=True, form_url="/forms/training"),
        ),
        "storage-places": (
            "store.lay-down",
            Action(key="new", label="规定需要同步存储的事项", main=True, form_url="/forms/sync-matter"),
        ),
        "unit-rules": (
            "unit-rule.keep",
            Action(key="new", label="登记制度", main=True, form_url="/forms/unit-rule"),
        ),
    }
    right, action = offered.get(key, ("", None))
    return [action] if action and asking.can(right) else []


def _row_actions(asking: Asking, register: Register, row: Any) -> list[Action]:
    if register.key == "training" and row.held_at is None and asking.may("training.keep", row):
        return [Action(key="hold", label="登记办理", form_url=f"/trainings/{row.pk}/holding")]
    if register.key == "unit-rules" and row.until is None and asking.may("unit-rule.keep", row):
        return [Action(key="end", label="终止", method="POST", url=f"/unit-rules/{row.pk}/ending", confirm=f"终止“{row.title}”？终止之后不再有效，台账里仍在。")]  # fmt: skip
    return []


def _key(after: str) -> UUID | None:
    try:
        return UUID(after) if after else None
    except ValueError as error:
        raise Malformed("续页的标记无效", do="请回到第一页重新打开列表。") from error
