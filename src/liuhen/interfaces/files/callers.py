"""Who is calling, on the plane of bulk bytes: an officer by session cookie, a station by its certificate or, on loopback, its token.

Each request of a station is held against its row: who was shut out a second ago is nobody, and that he came has a line.

The same limits hold as on the pages' plane. Cookies are SameSite=Strict, and every unsafe method here needs the
protocol's own header, which no foreign page can set.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from starlette.requests import Request

from liuhen.apps.devices.models import Station
from liuhen.apps.devices.queries import certificate_by, revoked_station_of, station_of
from liuhen.apps.devices.stations import note_refused_visit, take_certificate_into_use
from liuhen.apps.evidence import queries, slices
from liuhen.apps.evidence.knowing import withheld_among
from liuhen.apps.evidence.models import Upload
from liuhen.apps.registry.identities import still_holds
from liuhen.apps.registry.models import Account, Unit
from liuhen.apps.registry.sessions import is_over, must_secure
from liuhen.interfaces.files.door import door_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.kernel.errors import Refused

T = TypeVar("T")
_NOTED_EVERY = timedelta(minutes=1)
_REFUSED_NOTED_EVERY = 600.0
_BECAME = (Upload.State.STORED, Upload.State.JOINED)
_CLOSED = (Upload.State.ENDED, Upload.State.REFUSED, Upload.State.RELEASED)
_REFUSED: dict[Any, float] = {}
_DATABASE = ThreadPoolExecutor(max_workers=8, thread_name_prefix="files-db")


@dataclass(frozen=True, slots=True)
class Caller:
    """The actor, the unit it works for, and the station if it is one, with the moment since which it comes by certificate."""

    actor: Actor
    unit: Unit
    station: Station | None = None
    certified_at: datetime | None = None


class Unknown(Refused):
    """Nobody we know."""

    def __init__(self) -> None:
        super().__init__("尚未登录，或登录已失效", do="请重新登录；采集站请检查其凭据是否已被撤销。")


class Gone(Refused):
    """No such thing, for this caller."""

    def __init__(self) -> None:
        super().__init__("没有这一项，或已过期", do="请返回列表刷新；上传请重新开始。")


async def own_upload(upload_id: UUID, caller: Caller) -> Upload:
    """The caller's own upload; another's, an ended one and none at all look the same."""
    upload = await in_thread(queries.upload_of, upload_id, opened_by=caller.actor.id, unit=caller.unit)
    if upload is None or upload.state in _CLOSED:
        raise Gone
    if upload.state in Upload.UNFINISHED and upload.expires_at < now():
        raise Gone
    if upload.state in _BECAME and await in_thread(_is_withheld, upload, caller):
        raise Gone
    if caller.certified_at is not None and upload.opened_at < caller.certified_at:
        raise Gone  # Begun by token at the other port, where another process has it open.
    return upload


def _is_withheld(upload: Upload, caller: Caller) -> bool:
    """Whether a mark keeps from the caller that what it became exists; a station has its receipts in any case."""
    whole = slices.joined_to(upload) if upload.state == Upload.State.JOINED else upload
    became = [whole.recording_id] if whole is not None and whole.recording_id is not None else []
    return bool(withheld_among(became, caller.actor, at=now()))


async def in_thread(work: Callable[..., T], *args: Any, **more: Any) -> T:
    """Run database work off the event loop, on threads that keep their connection."""

    def run() -> T:
        close_old_connections()
        return work(*args, **more)

    return await asyncio.get_running_loop().run_in_executor(_DATABASE, run)


def caller_of(request: Request) -> Caller:
    """Raises `Unknown` where there is neither a valid session nor a station that may come by this door."""
    door, origin = door_of(request), _origin(request)
    if door.is_intake:
        return _by_certificate(door.fingerprint, origin)
    token = _token(request)
    if not token:
        return _officer(request, origin)
    if not door.tokens:
        raise Refused(
            "从本机以外接入的采集站，只凭令牌不能入库",
            do="请在采集站上执行 liuhen station certify 领取证书。",
        )
    station, is_certified = _by_token(token, origin)
    if is_certified:
        raise Refused(
            f"采集站“{station.name}”已启用证书，令牌不再有效",
            do="请从采集站接入端口凭证书连接；证书遗失的，请系统管理员准许重新领取。",
        )
    return _caller(station, origin)


def session_of(request: Request) -> str | None:
    """The key of the session this request comes by; None for a station, and where there is none."""
    return None if "authorization" in request.headers else request.cookies.get(settings.SESSION_COOKIE_NAME)


def window_of(request: Request) -> UUID:
    """The one window at the counter that this session knows. Raises `Unknown` without one."""
    key = session_of(request)
    told = SessionStore(key).get("window") if key else None
    if told is None:
        raise Unknown
    return UUID(told)


def bearer_of(request: Request) -> Caller:
    """The station whose token this is, by any door: only to fetch a certificate, where that was allowed."""
    origin = _origin(request)
    station, _is_certified = _by_token(_token(request), origin)
    return _caller(station, origin)


def _origin(request: Request) -> str:
    return request.client.host if request.client else ""


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _by_token(token: str, origin: str) -> tuple[Station, bool]:
    """And whether it comes by certificate by now."""
    found = station_of(token)
    if found is None:
        _note_shut_out(revoked_station_of(token=token), origin)
        raise Unknown
    return found


def _by_certificate(fingerprint: str, origin: str) -> Caller:
    moment = now()
    found = certificate_by(fingerprint, at=moment)
    if found is None:
        _note_shut_out(revoked_station_of(fingerprint=fingerprint), origin)
        raise Unknown
    row, since = found
    if row.used_at is None:
        take_certificate_into_use(row, by=_actor(row.station, origin), at=moment)
    return _caller(row.station, origin, certified_at=since or row.used_at)


def _note_shut_out(station: Station | None, origin: str) -> None:
    """A line that a station came which was shut out; at most one in ten minutes, so that it cannot fill the journal."""
    clock = time.monotonic()
    if (
        station is not None
        and clock - _REFUSED.get(station.pk, -_REFUSED_NOTED_EVERY) >= _REFUSED_NOTED_EVERY
    ):
        _REFUSED[station.pk] = clock
        note_refused_visit(station, by=_actor(station, origin), at=now())


def _caller(station: Station, origin: str, *, certified_at: datetime | None = None) -> Caller:
    return Caller(_actor(station, origin), station.unit, station, certified_at)


def _actor(station: Station, origin: str) -> Actor:
    return Actor("station", station.pk, f"采集站 {station.name} {origin}")


def _officer(request: Request, origin: str) -> Caller:
    key = request.cookies.get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise Unknown
    session = SessionStore(key)
    account = get_user(_Holder(session))  # type: ignore[arg-type]
    if (
        not isinstance(account, Account)
        or not account.is_active
        or is_over(session, at=now())
        or must_secure(session)
        or not still_holds(session)
    ):
        raise Unknown
    _keep_awake(session)
    return Caller(Actor("officer", account.officer_id, f"网页 {origin}"), account.officer.unit)


def _keep_awake(session: SessionStore) -> None:
    """Uploading and watching are work: they keep a session from going idle, noted at most once a minute."""
    moment, seen = now(), session.get("seen")
    if seen is not None and moment - from_text(seen) > _NOTED_EVERY:
        session["seen"] = as_utc_text(moment)
        session.save(must_create=False)


class _Holder:
    """What Django's `get_user` reads of a request."""

    def __init__(self, session: SessionStore) -> None:
        self.session = session
