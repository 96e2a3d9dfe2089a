"""What every request passes: the office it is served by, security headers, and the limits of a session."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from liuhen.apps.registry.sessions import is_over
from liuhen.kernel.clock import as_utc_text, now
from liuhen.server.wiring import office

Answer = Callable[[HttpRequest], HttpResponse]

CSP = "; ".join(
    [
        "default-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", "style-src 'self' 'unsafe-inline'",
        "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    ]
)  # fmt: skip
_KEEPS_QUIET = ("/api/v1/session",)


class Office:
    """Hands each request the parts it may use; nothing below looks them up."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.office = office()  # type: ignore[attr-defined]
        return self._get_response(request)


class Headers:
    """The headers of security.md rule 24 on every answer."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.setdefault("Content-Security-Policy", CSP)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        response.setdefault("X-Frame-Options", "DENY")
        response.setdefault("Cache-Control", "no-store")
        return response


class SessionLimits:
    """Idle for half an hour (administrators a quarter) ends a session; twelve hours end it in any case."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = now()
            if is_over(request.session, at=moment):
                logout(request)
            elif not request.path.startswith(_KEEPS_QUIET):
                request.session["seen"] = as_utc_text(moment)
        return self._get_response(request)
