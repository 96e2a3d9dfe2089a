"""One ASGI application, two planes: bulk bytes to Starlette, the API to Django, everything else is a page."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")
django.setup()

from starlette.requests import Request  # noqa: E402

from liuhen.interfaces.files.app import FilesApp  # noqa: E402
from liuhen.interfaces.web.pages import page  # noqa: E402
from liuhen.server.middleware import CSP  # noqa: E402
from liuhen.server.urls import check_every_route  # noqa: E402
from liuhen.server.wiring import office  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_PAGE_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_django = get_asgi_application()
_files = FilesApp(office())
check_every_route(route.name for route in _files.routes)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    path = scope.get("path", "")
    if path.startswith(("/files/", "/media/", "/log/")):
        await _files.handle(scope, receive, send)
    elif path.startswith("/api/"):
        await _django(with_one_cookie_header(scope), receive, send)  # type: ignore[arg-type]
    else:
        await page(Request(scope), headers=_PAGE_HEADERS)(scope, receive, send)


def with_one_cookie_header(scope: Scope) -> Scope:
    """HTTP/2 lets a browser send each cookie in a field of its own (RFC 9113, 8.2.3); Django reads one field only."""
    crumbs = [value for name, value in scope["headers"] if name == b"cookie"]
    if len(crumbs) < 2:
        return scope
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return {**scope, "headers": [*others, (b"cookie", b"; ".join(crumbs))]}


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await _files.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
