"""What comes in: `/files/` over one office, which is all that the intake has. The pages' port adds what goes out (app.py)."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
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


class Inward:
    """Uploads over one office, behind one door. `close` makes what is under way durable."""

    def __init__(self, office: Office, *, is_intake: bool = True, more: Iterable[Route] = ()) -> None:
        self._door = Door(is_intake=is_intake, tokens=office.token_opens and not is_intake)
        self._tus = Tus(office)
        self.routes: list[Route] = [
            *Stations(office).routes(), *self._tus.routes(), *Cards(office).routes(), *more
        ]  # fmt: skip
        self._router = Router(routes=self.routes, redirect_slashes=False)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(through(self._door, dict(scope)), receive, send)

    async def close(self) -> None:
        await self._tus.close()
