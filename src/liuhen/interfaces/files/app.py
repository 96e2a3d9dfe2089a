"""The ASGI application of the bulk bytes: `/files/` in, `/media/` out."""

from starlette.routing import Route, Router

from liuhen.interfaces.files.cards import Cards
from liuhen.interfaces.files.media import Media
from liuhen.interfaces.files.tus import Tus
from liuhen.interfaces.office import Office


class FilesApp:
    """Uploads and playback over one office. `close` makes what is under way durable."""

    def __init__(self, office: Office) -> None:
        self._tus = Tus(office)
        self.routes: list[Route] = [*self._tus.routes(), *Cards(office).routes(), *Media(office).routes()]
        self.handle = Router(routes=self.routes, redirect_slashes=False)

    async def close(self) -> None:
        await self._tus.uploads.close_all()
