"""Evidence packages as they are fetched: the right asked again on every range, a line in the journal before the first byte."""

from functools import partial
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from liuhen.apps.access.bulk import notice_bulk
from liuhen.apps.access.packages import fetch_package
from liuhen.apps.archive.discs import packages_known
from liuhen.apps.archive.models import DiscSet
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Caller, Gone, caller_of, in_thread
from liuhen.interfaces.files.pieces import Pieces
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


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
        still = partial(in_thread, self._still, request)
        return Pieces(path, media_type="application/zip", headers=_HEADERS, still=still, filename=name)

    def _still(self, request: Request) -> None:
        """What is under way goes on for whoever is still signed in and may still know of it."""
        caller = caller_of(request)
        if not packages_known(caller.actor, at=now()).filter(pk=request.path_params["package"]).exists():
            raise Gone

    def _found(self, key: UUID, caller: Caller) -> tuple[Path, str]:
        at = now()
        package = packages_known(caller.actor, at=at).filter(pk=key).first()
        if package is None:
            raise Gone
        digest = fetch_package(package, by=caller.actor, at=at)
        notice_bulk(caller.actor.id, agency=package.agency_id, limit=self._office.bulk, at=now())
        if not self._office.copies.holds(digest):
            raise Gone
        return self._office.copies.path(
            digest
        ), f"{package.number}.{'iso' if package.subject_kind == DiscSet.kind() else 'zip'}"
