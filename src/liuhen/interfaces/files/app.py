"""The ASGI applications of the bulk bytes: `/files/` in, `/media/` and `/log/` out for the pages' port, `/files/` alone for the intake."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.routing import Route, Router

from liuhen.interfaces.files.cards import Cards
from liuhen.interfaces.files.door import Door, through
from liuhen.interfaces.files.stations import Stations
from liuhen.interfaces.files.tus import Tus
from liuhen.interfaces.office import Office

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class FilesApp:
    """Uploads and playback over one office, behind one door. `close` makes what is under way durable."""

    def __init__(self, office: Office, *, is_intake: bool = False) -> None:
        self._door = Door(is_intake=is_intake, tokens=office.token_opens and not is_intake)
        self._tus = Tus(office)
        self.routes: list[Route] = [*Stations(office).routes(), *self._tus.routes(), *Cards(office).routes()]
        if not is_intake:
            self.routes += _going_out(office)
        self._router = Router(routes=self.routes, redirect_slashes=False)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(through(self._door, dict(scope)), receive, send)

    async def close(self) -> None:
        await self._tus.close()


def _going_out(office: Office) -> list[Route]:
    """What the intake has not, and need not hold in memory either."""
    from liuhen.interfaces.files.log import PublishedLog
    from liuhen.interfaces.files.media import Media
    from liuhen.interfaces.files.packages import Packages
    from liuhen.interfaces.files.pushes import Pushes

    return [
        *Media(office).routes(),
        *Packages(office).routes(),
        *Pushes().routes(),
        *PublishedLog(office).routes(),
    ]
