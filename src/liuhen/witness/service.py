"""The witness over HTTP: `POST /add-checkpoint` and `GET /<origin hash>/checkpoint` as C2SP tlog-witness has them, and pages for people.

No log-in: nobody can do more here than show a checkpoint, and what is told is signed. Small bodies, few at once, short patience.
"""

import ssl
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from liuhen.engines.ledger.submission import MOST_BYTES
from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import LiuhenError, Tampered
from liuhen.witness import pages
from liuhen.witness.books import Books
from liuhen.witness.judging import add_checkpoint
from liuhen.witness.paper import answered

_MOST_AT_ONCE = 64
_PATIENCE = 15.0
_HTML = "text/html; charset=utf-8"
_HEADERS = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
}  # fmt: skip


class WitnessServer(ThreadingHTTPServer):
    """One witness on one port. `say` is told what happened, a line each."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, books: Books, host: str, port: int, *, say: Callable[[str], None], clock: Clock = now
    ) -> None:
        self.books, self.say, self.clock = books, say, clock
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__((host, port), _Handler)

    def with_tls(self, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Who comes when all places are taken is let go at once; the log tries again."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that broke; the next request is another one."""
        self.say(f"与 {client_address[0]} 的连接中断")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "liuhen-witness", ""
    timeout = _PATIENCE
    wbufsize = 1 << 16  # one answer, one packet: in two it would wait for the other side's acknowledgement
    server: WitnessServer

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        try:
            if self.path == "/add-checkpoint":
                answer = add_checkpoint(self.server.books, body, clock=self.server.clock)
                self.server.say(f"{self.client_address[0]} {answer.status} {answer.said}")
                self._answer(answer.status, answer.body, answer.type)
            elif self.path == "/paper":
                self._paper(body)
            else:
                self._answer(404, "没有这个地址\n", "text/plain; charset=utf-8")
        except LiuhenError as error:
            self._broken(error)

    def do_GET(self) -> None:
        books = self.server.books
        try:
            if self.path == "/":
                self._answer(200, pages.front(books, at=self.server.clock()), _HTML)
            elif self.path == "/paper":
                self._answer(200, pages.paper(books), _HTML)
            else:
                notes = {f"/{log.folder}/checkpoint": books.note(log) for log in books.trusted()}
                note = notes.get(self.path, "")
                self._answer(200 if note else 404, note or "没有这个检查点\n", "text/plain; charset=utf-8")
        except LiuhenError as error:
            self._broken(error)

    def _paper(self, body: bytes) -> None:
        told = urllib.parse.parse_qs(body.decode(errors="replace")).get("codes", [""])[0]
        answer = answered(self.server.books, told, clock=self.server.clock)
        self.server.say(f"{self.client_address[0]} 纸面 {answer.status} {answer.said}")
        self._answer(200, pages.paper(self.server.books, answer), _HTML)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal() or int(length) > 2 * MOST_BYTES:
            self.close_connection = True
            self._answer(
                413 if length.isdecimal() else 411, "须写明长度，且不超过上限\n", "text/plain; charset=utf-8"
            )
            return None
        return self.rfile.read(int(length))

    def _broken(self, error: LiuhenError) -> None:
        """Our own books do not fit: nothing is signed, and whoever runs this must look."""
        self.server.say(f"停止会签：{error}" if isinstance(error, Tampered) else str(error))
        self._answer(500, f"{error}\n", "text/plain; charset=utf-8")

    def _answer(self, status: int, body: str, kind: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """What was asked is told by `say`, in Chinese."""
