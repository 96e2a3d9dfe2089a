"""Routes of taking in a list of devices: first what would become of each row, then all of them or none."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.devices.importing import COLUMNS, Outcome, import_devices, outcomes
from liuhen.engines.forms.sheet_reading import LARGEST, read_sheet
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, State
from liuhen.interfaces.api.shapes_devices import ImportDesk, ImportPreview, ImportRow

routes = Routes("设备")
_SHOWN = 200


class ListTold(Told):
    content: Annotated[str, StringConstraints(max_length=(LARGEST + 2) // 3 * 4)]


@routes.get("/device-imports", policy="device.keep", response=ImportDesk)
def desk(request: HttpRequest) -> ImportDesk:
    return ImportDesk(
        columns=list(COLUMNS),
        says="第一行写列名，前三列必填；先看每一行的结果，再决定导入。有一行不合要求，就一台也不导入。",
    )


@routes.post("/device-imports/preview", policy="device.keep", response=ImportPreview)
def preview(request: HttpRequest, told: ListTold) -> ImportPreview:
    """What would become of each row; nothing is written."""
    found = _outcomes(asked(request), told)
    wrong, new = sum(bool(one.wrong) for one in found), sum(one.is_new and not one.wrong for one in found)
    first = sorted(found, key=lambda one: (not one.wrong, one.number))[:_SHOWN]
    return ImportPreview(
        says=f"共 {len(found)} 行：可以导入 {new} 台，已在台账 {len(found) - wrong - new} 台，不合要求 {wrong} 行。"
        + (f"下面列出 {_SHOWN} 行，不合要求的在前。" if len(found) > _SHOWN else ""),
        may_import=wrong == 0 and new > 0, rows=[_row(one) for one in first],
    )  # fmt: skip


@routes.post("/device-imports", policy="device.keep", response=Done)
def take_in(request: HttpRequest, told: ListTold) -> Done:
    asking = asked(request)
    unit = asking.officer.unit
    count = import_devices(unit, _outcomes(asking, told), by=asking.by, at=asking.at)
    return done(f"已导入 {count} 台设备", about=unit.pk, to="/devices")


def _outcomes(asking: Asking, told: ListTold) -> list[Outcome]:
    try:
        content = base64.b64decode(told.content, validate=True)
    except binascii.Error as error:
        raise WrongFields("文件没有传完整", {"content": "请重新选择文件。"}) from error
    return outcomes(asking.officer.unit, read_sheet(content))


def _row(one: Outcome) -> ImportRow:
    state = State(label="导入", tone="action") if one.is_new else State(label="已在台账", tone="plain")
    if one.wrong:
        state = State(label="不合要求", tone="breach")
    cells: Sequence[str] = [one.told.get(name, "") for name in COLUMNS]
    return ImportRow(number=one.number, cells=list(cells), state=state, wrong="；".join(one.wrong))
