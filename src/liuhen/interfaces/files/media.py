"""Ranges of originals and derived copies, each behind its own permission check.

A look (`Viewing`) is opened on the pages' plane, with its line, before the first byte; every request here asks again
whether it is still open and the right still stands, and so does every few seconds of a long one.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from liuhen.apps.access.actions import glimpse_recording
from liuhen.apps.access.queries import grant_for, open_viewing
from liuhen.apps.access.redacting import open_look
from liuhen.apps.access.visiting import live_window
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Caller, Gone, caller_of, in_thread, session_of, window_of
from liuhen.interfaces.files.sending import sent
from liuhen.interfaces.files.unchanged import Answers
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError, Refused

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Only what a player needs; anything else is offered as bytes. Never what the file says of itself.
_PLAYED = {
    "mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "wav": "audio/wav",
    "m4a": "audio/mp4", "jpeg": "image/jpeg", "png": "image/png",
}  # fmt: skip


Find = Callable[[dict[str, UUID], Caller], tuple[Path, str]]


class Media:
    """The playback endpoints over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._answers: Answers[tuple[Path, str]] = Answers()

    def routes(self) -> list[Route]:
        return [
            Route(
                "/media/{viewing:uuid}/original",
                self.original,
                methods=["GET", "HEAD"],
                name="media-original",
            ),
            Route("/media/{viewing:uuid}/proxy", self.proxy, methods=["GET", "HEAD"], name="media-proxy"),
            Route(
                "/media/thumbnails/{recording:uuid}",
                self.thumbnail,
                methods=["GET", "HEAD"],
                name="media-thumbnail",
            ),
            Route(
                "/media/redacted/{look:uuid}", self.redacted, methods=["GET", "HEAD"], name="media-redacted"
            ),
            Route("/media/windows/{window:uuid}", self.window, methods=["GET", "HEAD"], name="media-window"),
        ]

    async def redacted(self, request: Request) -> Response:
        return await self._answered(request, self._redacted)

    async def window(self, request: Request) -> Response:
        """What a visitor sees at the counter. Nobody's account stands behind this session: it is asked for by the window alone."""
        try:
            return await in_thread(self._shown, request)
        except LiuhenError as error:
            return told(error)

    def _shown(self, request: Request) -> Response:
        path, media_type = self._visited(request)
        still = partial(in_thread, partial(self._visited, request))
        return sent(request, path, office=self._office, media_type=media_type, headers=_HEADERS, still=still)

    def _visited(self, request: Request) -> tuple[Path, str]:
        key: UUID = request.path_params["window"]
        found = live_window(key, at=now()) if window_of(request) == key else None
        if found is None:
            raise Gone
        visit = found.visit
        if visit.redaction is not None:
            return self._copy(visit.redaction.derived)
        copy = queries.derived_of(visit.recording_id, Derived.Kind.PROXY)
        return self._copy(copy) if copy else self._whole(visit.recording)

    async def original(self, request: Request) -> Response:
        return await self._answered(request, self._original)

    async def proxy(self, request: Request) -> Response:
        return await self._answered(request, self._proxy)

    async def thumbnail(self, request: Request) -> Response:
        return await self._answered(request, self._thumbnail)

    async def _answered(self, request: Request, find: Find) -> Response:
        try:
            return await in_thread(self._answer, request, find)
        except LiuhenError as error:
            return told(error)

    def _answer(self, request: Request, find: Find) -> Response:
        """Who asks, whether he may, and the bytes, in one go on a thread of the database."""

        def still() -> object:
            return find(request.path_params, caller_of(request))

        path, media_type = self._found(request, find)
        return sent(
            request,
            path,
            office=self._office,
            media_type=media_type,
            headers=_HEADERS,
            still=partial(in_thread, still),
        )

    def _found(self, request: Request, find: Find) -> tuple[Path, str]:
        """Of a player's many ranges the same is asked each time; while no row has changed, the answer is the same. A glimpse writes, and is always asked."""
        asked, key = str(request.url.path), session_of(request)
        if key is None or find == self._thumbnail:
            return find(request.path_params, caller_of(request))
        return self._answers.answer((asked, key), lambda: find(request.path_params, caller_of(request)))

    def _original(self, params: dict[str, UUID], caller: Caller) -> tuple[Path, str]:
        return self._whole(self._seen(params["viewing"], caller))

    def _whole(self, recording: Recording) -> tuple[Path, str]:
        inspection = queries.newest_inspection(recording.pk)
        container = str(inspection.facts.get("format", "")) if inspection else ""
        return self._office.vault.path(recording.digest), _PLAYED.get(container, "application/octet-stream")

    def _proxy(self, params: dict[str, UUID], caller: Caller) -> tuple[Path, str]:
        recording = self._seen(params["viewing"], caller)
        return self._copy(queries.derived_of(recording.pk, Derived.Kind.PROXY))

    def _redacted(self, params: dict[str, UUID], caller: Caller) -> tuple[Path, str]:
        look = open_look(params["look"], by=caller.actor, at=now())
        if look is None:
            raise Gone
        return self._copy(look.redaction.derived)

    def _thumbnail(self, params: dict[str, UUID], caller: Caller) -> tuple[Path, str]:
        """A thumbnail is footage too: who may not play a recording sees no picture of it, and a glimpse has its line."""
        at = now()
        seen = queries.visible_to(caller.actor, at=at).filter(pk=params["recording"]).first()
        if seen is None:
            raise Gone
        found = self._copy(queries.derived_of(seen.pk, Derived.Kind.THUMBNAIL))
        try:
            glimpse_recording(seen, by=caller.actor, at=at, grant=grant_for(seen, by=caller.actor))
        except Refused as error:
            raise Gone from error
        return found

    def _seen(self, viewing_id: UUID, caller: Caller) -> Recording:
        viewing = open_viewing(viewing_id, by=caller.actor, at=now())
        if viewing is None:
            raise Gone
        return viewing.recording

    def _copy(self, derived: Derived | None) -> tuple[Path, str]:
        if derived is None:
            raise Gone
        return self._office.copies.path(derived.digest), derived.media_type
