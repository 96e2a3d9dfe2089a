"""What the keeper sees: a page of tiles on this machine alone, and lines for a terminal.

The page is one file without anything from elsewhere; it asks for the ports each second and needs no log-in, because it is
served on loopback only and tells counts and states, not content.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from liuhen.station.port import Shown

Ports = Callable[[], Sequence[Shown]]
_PAGE = Path(__file__).with_name("tiles.html")
_HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
}  # fmt: skip


@contextmanager
def serve_tiles(ports: Ports, *, port: int) -> Iterator[str]:
    """Serve the page while inside; yields its address, empty where `port` is 0."""
    if not port:
        yield ""
        return

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Host", "").partition(":")[0] not in ("127.0.0.1", "localhost"):
                self.send_error(403)  # A foreign page that was led here by its name.
            elif self.path == "/ports.json":
                self._answer(
                    json.dumps([told(p) for p in ports()], ensure_ascii=False).encode(), "application/json"
                )
            elif self.path == "/":
                self._answer(_PAGE.read_bytes(), "text/html")
            else:
                self.send_error(404)

        def _answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            for name, value in {
                **_HEADERS,
                "Content-Type": f"{kind}; charset=utf-8",
                "Content-Length": str(len(content)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            """The page asks each second; that is nothing to write down."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(port: Shown) -> dict[str, object]:
    """A port as the page shows it."""
    return {**asdict(port), "seconds_left": port.seconds_left}


def terminal_view(ports: Sequence[Shown]) -> str:
    """A line a port, its problems below."""
    lines = []
    for port in ports:
        share = f"{port.done * 100 // port.size}%" if port.size else "—"
        lines.append(
            f"{port.label}　{port.state}　{port.done_files}/{port.files} 个　{share}　"
            + (f"暂存 {port.spooled} 个（未入库）{port.line}　" if port.spooled else "")
            + port.do
        )
        lines += [f"　　{problem}" for problem in port.problems]
    return "\n".join(lines) or "没有插入的设备"
