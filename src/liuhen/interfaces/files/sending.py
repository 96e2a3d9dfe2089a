"""How the bytes of a file go out once they may: a piece read where it was asked for, a longer one streamed, or all of it left to a front-end.

Whoever calls has asked for the right already, for this very request; nothing here knows who is there.
"""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from liuhen.interfaces.files.pieces import Pieces
from liuhen.interfaces.office import Office

FRONT = "/_liuhen"
SMALL = 4 << 20
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")


def sent(
    request: Request, path: Path, *, office: Office, media_type: str, headers: dict[str, str], still: Callable[[], Awaitable[object]]
) -> Response:  # fmt: skip
    """The answer for what was asked of the file. Runs where files may be read.

    With a front-end the answer is empty and says where the bytes lie; it takes the ranges and sends them, and asks again for each. What this house
    streams itself is broken off where `still` refuses; what a front-end is sending it does not come back for.
    """
    if office.front == "nginx":
        where = f"{FRONT}/{path.relative_to(office.home).as_posix()}"
        return Response(media_type=media_type, headers={**headers, "X-Accel-Redirect": where})
    piece = _piece(request, path)
    if piece is None:
        return Pieces(path, media_type=media_type, headers=headers, still=still)
    first, content, size = piece
    told = {
        **headers,
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {first}-{first + len(content) - 1}/{size}",
    }
    return Response(content, status_code=206, media_type=media_type, headers=told)


def _piece(request: Request, path: Path) -> tuple[int, bytes, int] | None:
    """First byte, bytes and the file's size, for one plain range that is short; None leaves it to the streaming answer."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or request.method != "GET" or "if-range" in request.headers:
        return None
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(file).st_size
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if not 0 <= first <= last or last - first >= SMALL:
            return None
        return first, os.pread(file, last - first + 1, first), size
    finally:
        os.close(file)
