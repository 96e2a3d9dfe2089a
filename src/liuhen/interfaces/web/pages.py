"""The built front end as static files: hashed names are kept by browsers, the page itself never is.

Any path that is no file is the page: its router reads the address bar. Compressed twins (.gz) are sent as they are.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".json": "application/json",
}  # fmt: skip


def page(request: Request, *, headers: dict[str, str], static: Path = STATIC) -> Response:
    """A file of the front end, or its first page."""
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("此地址只供浏览", status_code=405, headers=headers)
    found = _file(static, request.url.path)
    if found is None:
        return PlainTextResponse("页面尚未构建：请运行 make run。", status_code=503, headers=headers)
    is_asset = "/assets/" in request.url.path and found.suffix != ".html"
    own = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_asset else "no-cache",
        "Vary": "Accept-Encoding",
    }
    media_type = _TYPES.get(found.suffix, "application/octet-stream")
    packed = found.with_name(found.name + ".gz")
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        return FileResponse(
            packed, media_type=media_type, headers={**headers, **own, "Content-Encoding": "gzip"}
        )
    return FileResponse(found, media_type=media_type, headers={**headers, **own})


def _file(static: Path, path: str) -> Path | None:
    named = (static / path.lstrip("/")).resolve()
    if static.resolve() in named.parents and named.is_file() and named.suffix in _TYPES:
        return named
    first = static / "index.html"
    return first if first.is_file() else None
