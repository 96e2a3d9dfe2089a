"""Routes of the docking stations: the page, the keeper's leave to clear, registered devices alone, and shutting one out."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.devices import actions, queries
from liuhen.apps.devices import stations as rules
from liuhen.apps.devices.models import Station
from liuhen.interfaces.api import fields, pages_stations
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form
from liuhen.interfaces.api.shapes_absences import StationsPage
from liuhen.kernel.errors import Refused

routes = Routes("设备")


class Clearing(Told):
    may_clear: bool


class Lock(Told):
    is_locked: bool


class ShutOut(Told):
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=200)]


@routes.get("/stations", policy="device.view", response=StationsPage)
def stations(request: HttpRequest) -> StationsPage:
    return pages_stations.stations(asked(request))


@routes.post("/stations/{uuid:station}/clearing", policy="device.keep", response=Done)
def change_clearing(request: HttpRequest, station: UUID, told: Clearing) -> Done:
    """The keeper's leave for a station to clear cards, given or withdrawn."""
    asking = asked(request)
    row = _station(asking, station)
    asking.require("device.keep", row)
    if row.revoked_at is not None and told.may_clear:
        raise Refused(f"{row.name} 已经停用", do="停用的采集站不能准许清卡；如需使用，请重新登记。")
    actions.let_station_clear(row, by=asking.by, may_clear=told.may_clear, at=asking.at)
    said = f"已准许 {row.name} 清卡" if told.may_clear else f"已收回 {row.name} 的清卡许可"
    return done(said, about=row.pk)


@routes.post("/stations/{uuid:station}/lock", policy="device.keep", response=Done)
def change_lock(request: HttpRequest, station: UUID, told: Lock) -> Done:
    """Whether the station reads only cards of devices in the ledger."""
    asking = asked(request)
    row = _station(asking, station)
    rules.lock_station(row, by=asking.by, is_locked=told.is_locked, at=asking.at)
    said = "只采台账中的设备" if told.is_locked else "也采台账中没有的设备，入库后待查明"
    return done(f"{row.name} 今后{said}", about=row.pk)


@routes.get("/stations/{uuid:station}/revocation", policy="station.revoke", response=Form)
def revocation_form(request: HttpRequest, station: UUID) -> Form:
    asking = asked(request)
    row = _station(asking, station, form="station.revoke")
    return Form(
        title=f"停用 {row.name}",
        intro="证书和令牌自下一次请求起无效，不能恢复；要再用须由系统管理员重新登记。已入库的音像不受影响。",
        submit="停用", url=f"/stations/{station}/revocation",
        fields=[fields.long("reason", "原因", hint="丢失、被盗、报废，或者换新。")],
    )  # fmt: skip


@routes.post("/stations/{uuid:station}/revocation", policy="station.revoke", response=Done)
def revoke(request: HttpRequest, station: UUID, told: ShutOut) -> Done:
    """Lost, stolen or taken out of use: from its next request on the station is nobody."""
    asking = asked(request)
    row = _station(asking, station)
    actions.revoke_station(row, by=asking.by, at=asking.at, reason=told.reason)
    return done(f"{row.name} 已停用，自它的下一次请求起无效", about=row.pk)


def _station(asking: Asking, key: UUID, *, form: str = "") -> Station:
    visible = queries.stations_visible_to(asking.by, at=asking.at)
    row: Station = asking.found(visible, key, anyhow=queries.stations(), action="device.view")
    asking.check_form(form, row)
    return row
