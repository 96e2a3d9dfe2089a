"""Who is calling, on the plane of bulk bytes: an officer by session cookie, a station by its token.

The same limits hold as on the pages' plane. Cookies are SameSite=Strict, and every unsafe method here needs the
protocol's own header, which no foreign page can set.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from starlette.requests import Request

from liuhen.apps.devices.models import Station
from liuhen.apps.devices.queries import station_of
from liuhen.apps.registry.models import Account, Unit
from liuhen.apps.registry.sessions import is_over
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.kernel.errors import Refused

T = TypeVar("T")
_NOTED_EVERY = timedelta(minutes=1)
_DATABASE = ThreadPoolExecutor(max_workers=8, thread_name_prefix="files-db")


@dataclass(frozen=True, slots=True)
class Caller:
    """The actor, the unit it works for, and the station if it is one."""

    actor: Actor
    unit: Unit
    station: Station | None = None


class Unknown(Refused):
    """Nobody we know."""

    def __init__(self) -> None:
        super().__init__("尚未登录，或登录已失效", do="请重新登录；采集站请检查其凭据是否已被撤销。")


class Gone(Refused):
    """No such thing, for this caller."""

    def __init__(self) -> None:
        super().__init__("没有这一项，或已过期", do="请返回列表刷新；上传请重新开始。")


async def in_thread(work: Callable[..., T], *args: Any, **more: Any) -> T:
    """Run database work off the event loop, on threads that keep their connection."""

    def run() -> T:
        close_old_connections()
        return work(*args, **more)

    return await asyncio.get_running_loop().run_in_executor(_DATABASE, run)


def caller_of(request: Request) -> Caller:
    """Raises `Unknown` where there is neither a valid session nor a valid token."""
    origin = request.client.host if request.client else ""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _station(token, origin)
    return _officer(request, origin)


def _station(token: str, origin: str) -> Caller:
    station = station_of(token)
    if station is None:
        raise Unknown
    return Caller(Actor("station", station.pk, f"采集站 {station.name} {origin}"), station.unit, station)


def _officer(request: Request, origin: str) -> Caller:
    key = request.cookies.get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise Unknown
    session = SessionStore(key)
    account = get_user(_Holder(session))  # type: ignore[arg-type]
    if not isinstance(account, Account) or not account.is_active or is_over(session, at=now()):
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
