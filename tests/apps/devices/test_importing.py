"""A list of devices: each row is told what would become of it; all go in by one line, or none does."""

import time
from datetime import datetime
from decimal import Decimal

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import Cast, as_actor

from liuhen.apps.devices.importing import COLUMNS, Outcome, import_devices, outcomes
from liuhen.apps.devices.models import Device, DeviceEntry
from liuhen.apps.search.models import Entry
from liuhen.kernel.errors import Malformed

HEAD = (1, COLUMNS, ())


def told(cast: Cast, *rows: tuple[str, ...], faults: tuple[str, ...] = ()) -> list[Outcome]:
    return outcomes(cast.team, [HEAD, *((n, row, faults) for n, row in enumerate(rows, start=2))])


def test_good_list_goes_in_whole_and_again_adds_nothing(cast: Cast, noon: datetime) -> None:
    known = (cast.camera.number, cast.camera.serial, "执法记录仪")
    found = told(cast, known, ("新-1", "9001", "执法记录仪", "测试型 A", "46023", "1850.00", "一批", "一号柜"), ("新-2", "9002", "照相机", "", "3/1"))  # fmt: skip
    assert [one.wrong for one in found] == [(), (), ("购置日期“3/1”认不出，请写作 2026-03-01",)]
    found = told(cast, known, ("新-1", "9001", "执法记录仪", "测试型 A", "46023", "1850.00", "一批", "一号柜"), ("新-2", "9002", "照相机", "", "2026年3月1日"))  # fmt: skip
    refused(lambda: import_devices(cast.team, found, by=as_actor(cast.li), at=noon), says="权限")
    assert import_devices(cast.team, found, by=as_actor(cast.zhao), at=noon) == 2
    assert last_line().verb == "device.list-imported"
    entry = DeviceEntry.objects.get(device__number="新-1")
    assert (str(entry.bought_on), entry.price, entry.location) == ("2026-01-01", Decimal("1850.00"), "一号柜")
    assert Entry.objects.filter(number="新-2").exists()
    again = told(cast, ("新-1", "9001", "执法记录仪"))
    assert [one.is_new for one in again] == [False]
    refused(lambda: import_devices(cast.team, again, by=as_actor(cast.zhao), at=noon), says="都已经在台账中")


def test_one_wrong_row_keeps_the_whole_list_out(cast: Cast, noon: datetime) -> None:
    bad = [
        ("", "1", "照相机"), ("新-1", "", "照相机"), ("新-2", "2", "无人机"), ("新-3", "2", "照相机"), ("新-2", "3", "照相机"),
        (cast.camera.number, "4", "照相机"), ("新-4", cast.camera.serial, "照相机"), ("新" * 31, "5", "照相机"),
        ("新-6", "6", "照相机", "", "昨天"), ("新-7", "7", "照相机", "", "", "两千"), ("新-8", "8", "照相机", "", "", "1.234"),
    ]  # fmt: skip
    found = told(cast, ("新-0", "0", "照相机"), *bad)
    assert [bool(one.wrong) for one in found] == [False] + [True] * len(bad)
    before = Device.objects.count()
    refused(
        lambda: import_devices(cast.team, found, by=as_actor(cast.zhao), at=noon),
        says="一台也没有导入，最先的是第 3 行",
    )
    assert Device.objects.count() == before
    assert told(cast, ("新-0", "0", "照相机"), faults=("第 1 列是公式",))[0].wrong == ("第 1 列是公式",)
    with pytest.raises(Malformed, match="缺少这些列：产品序号、类型"):
        outcomes(cast.team, [(1, ("设备编号",), ())])


def test_ten_thousand_rows_are_told_in_seconds(cast: Cast) -> None:
    rows = [(f"批-{n}", f"88{n:05d}", "执法记录仪") for n in range(10_000)]
    begun = time.monotonic()
    assert not any(one.wrong for one in told(cast, *rows))
    assert time.monotonic() - begun < 5
