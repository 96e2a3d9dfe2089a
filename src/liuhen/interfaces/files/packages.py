"""Evidence packages as they are fetched: the right asked again on every range, a line in the journal before the first byte."""

from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from liuhen.apps.access.packages import fetch_package
from liuhen.apps.archive.discs import packages_known
from liuhen.apps.archive.models import DiscSet
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Caller, Gone, caller_of, in_thread
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _Pieces(FileResponse):
    chunk_size = 1 << 20


class Packages:
    """The download of packages over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        return [
            Route(
                "/files/packages/{package:uuid}", self.package, methods=["GET", "HEAD"], name="files-package"
            )
        ]

    async def package(self, request: Request) -> Response:
        try:
            caller = await in_thread(caller_of, request)
            path, name = await in_thread(self._found, request.path_params["package"], caller)
        except LiuhenError as error:
            return told(error)
        return _Pieces(path, media_type="application/zip", filename=name, headers=_HEADERS)

    def _found(self, key: UUID, caller: Caller) -> tuple[Path, str]:
        at = now()
        package = packages_known(caller.actor, at=at).filter(pk=key).first()
        if package is None:
            raise Gone
        digest = fetch_package(package, by=caller.actor, at=at)
        if not self._office.copies.holds(digest):
            raise Gone
        return self._office.copies.path(
            digest
        ), f"{package.number}.{'iso' if package.subject_kind == DiscSet.kind() else 'zip'}"
