"""Errors of the house as HTTP answers on the plane of bulk bytes: a status, and a body people can read."""

from starlette.responses import JSONResponse, Response

from liuhen.apps.evidence.slices import NotWhole
from liuhen.interfaces.files.callers import Gone, Unknown
from liuhen.interfaces.pace import TooOften
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

TUS = "1.0.0"
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class TooLarge(Malformed):
    """More than one upload may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"超过单个上传的上限 {most} 字节", do="请核对文件，或者请系统管理员调整上限。")
        self.most = most


def told(error: LiuhenError) -> Response:
    """401 unknown, 404 gone, 409 too early, 403 refused, 413 too large, 400 malformed, 460 bytes that differ, 429 too often, 507 full, 503 otherwise unavailable."""
    headers = {"Tus-Resumable": TUS, **_NO_STORE}
    if isinstance(error, TooLarge):
        headers["Tus-Max-Size"] = str(error.most)
    if isinstance(error, Unavailable) and error.retry_seconds:
        headers["Retry-After"] = str(error.retry_seconds)
    body = {"why": error.why, "do": error.do, "cite": str(error.cite) if error.cite else ""}
    return JSONResponse(body, status_code=_status(error), headers=headers)


def _status(error: LiuhenError) -> int:
    if isinstance(error, TooOften):
        return 429
    if isinstance(error, Unavailable):
        return 507 if "空间" in error.why else 503
    kinds = (
        (Unknown, 401), (Gone, 404), (NotWhole, 409), (Refused, 403), (TooLarge, 413), (Malformed, 400), (Tampered, 460),
    )  # fmt: skip
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def plain(status: int, **headers: str) -> Response:
    """An answer without a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status_code=status, headers={"Tus-Resumable": TUS, **_NO_STORE, **named})
