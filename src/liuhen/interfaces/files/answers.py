"""Errors of the house as HTTP answers on the plane of bulk bytes: a status, and a body people can read."""

from starlette.responses import JSONResponse, Response

from liuhen.interfaces.files.callers import Gone, Unknown
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

TUS = "1.0.0"
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def told(error: LiuhenError) -> Response:
    """401 unknown, 404 gone, 403 refused, 400 malformed, 460 bytes that differ, 507 full, 503 otherwise unavailable."""
    headers = {"Tus-Resumable": TUS, **_NO_STORE}
    if isinstance(error, Unavailable) and error.retry_seconds:
        headers["Retry-After"] = str(error.retry_seconds)
    body = {"why": error.why, "do": error.do, "cite": str(error.cite) if error.cite else ""}
    return JSONResponse(body, status_code=_status(error), headers=headers)


def _status(error: LiuhenError) -> int:
    if isinstance(error, Unavailable):
        return 507 if "空间" in error.why else 503
    kinds = ((Unknown, 401), (Gone, 404), (Refused, 403), (Malformed, 400), (Tampered, 460))
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def plain(status: int, **headers: str) -> Response:
    """An answer without a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status_code=status, headers={"Tus-Resumable": TUS, **_NO_STORE, **named})
