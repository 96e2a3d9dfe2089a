"""Sending one file: resumable, from the byte the server certainly has, until its signed receipt is in hand."""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any, BinaryIO

import requests

from liuhen.engines.ledger import Receipt
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Refused, Unavailable
from liuhen.station.config import Config
from liuhen.station.pace import Pace

_TUS = {"Tus-Resumable": "1.0.0"}
_CONNECT, _READ = 10, 120
_GONE = (404, 410)
_UNFINISHED, _TOO_EARLY, _LOCKED = 202, 503, 423
_LETS_GO = 12.0
_OCTETS = "application/offset+octet-stream"
_WAITS = (0.5, 1, 2, 4, 8)

Progress = Callable[[int, int], None]


class UnknownServer(Unavailable):
    """What answered is not the house: nothing is told to it, files wait in the spool, and the house hears of it later."""

    def __init__(self, why: str) -> None:
        super().__init__(why, do="请勿更改本站的网络设置，并立即报告系统管理员。")


class Server:
    """The server as a station sees it: it can add, ask for its own receipts, and nothing else."""

    def __init__(self, config: Config) -> None:
        self._config, self._has_answered = config, False
        self._session = requests.Session()
        self._session.headers.update(_TUS)
        if config.comes_by_certificate:
            self._session.cert = str(config.pem)
        else:
            self._session.headers["Authorization"] = f"Bearer {config.token}"
        self._session.trust_env = False
        root = config.folder / "root.crt"
        self._session.verify = str(root) if root.exists() else True

    def contact(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the house who it is, and tell it what there is to tell; its signed answer."""
        return self._json("/files/contact", said)

    def certificate(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a certificate; the signed answer has it."""
        return self._json("/files/certificate", said)

    def begin(self, size: int, declared: Mapping[str, str]) -> str:
        """A new upload; its address."""
        pairs = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in declared.items() if v)
        response = self._ask(
            "POST", "/files/", headers={"Upload-Length": str(size), "Upload-Metadata": pairs}
        )
        _raise(response)
        return str(response.headers["Location"])

    def offset(self, upload: str) -> int | None:
        """How much the server certainly has; None where it does not know the upload any more."""
        response = self._ask("HEAD", upload)
        until = time.monotonic() + _LETS_GO
        while response.status_code == _LOCKED and time.monotonic() < until:
            time.sleep(0.5)  # A connection of ours that broke is still open at the other end.
            response = self._ask("HEAD", upload)
        if response.status_code == _LOCKED:
            raise Unavailable("服务器还在等上一次断开的传送", do="稍后自动再试。")
        if response.status_code in _GONE:
            return None
        _raise(response)
        return int(response.headers["Upload-Offset"])

    def send(
        self, upload: str, file: BinaryIO, *, size: int, progress: Progress, pace: Pace | None = None
    ) -> None:
        """Send what is missing, from the server's offset on. Breaks of the line are mended by going on.

        Raises `SlowLine` where a `pace` is kept and the line is too slow for the rest of the card.
        """
        waits = iter(_WAITS)
        while True:
            offset = self.offset(upload)
            if offset is None:
                raise Unavailable("服务器已不认得这个上传", do="将重新开始。")
            progress(offset, size)
            if offset >= size:
                self._finish(upload, offset)
                return
            try:
                self._send_from(upload, file, offset, size, pace)
                waits = iter(_WAITS)
            except Unavailable:
                wait = next(waits, None)
                if wait is None:
                    raise
                time.sleep(wait)

    def has_all(self, upload: str, size: int) -> bool:
        """Whether the house has every byte of an upload of which it could not say so, because the line broke."""
        if not upload or self.offset(upload) != size:
            return False
        self._finish(upload, size)
        return True

    def receipt(self, upload: str, *, patience: float) -> dict[str, Any]:
        """The receipt; waits up to `patience` seconds for `verified`, then gives what there is."""
        until, pauses = time.monotonic() + patience, _pauses()
        while True:
            response = self._ask("GET", f"{upload}/receipt")
            _raise(response)
            told: dict[str, Any] = response.json()
            if told.get("state") == "verified" or time.monotonic() > until:
                return told
            time.sleep(next(pauses))

    def tell_card(self, signed: Mapping[str, Any]) -> dict[str, Any]:
        """Hand in the signed list of a card; `unwanted` in the answer says why the house does not want it read."""
        return self._json("/files/cards", signed)

    def leave(self, upload: str, *, patience: float) -> dict[str, Any]:
        """The signed leave to clear one file; waits up to `patience` seconds while it is too early."""
        until, pauses = time.monotonic() + patience, _pauses()
        while True:
            response = self._ask("GET", f"{upload}/leave")
            if response.status_code != _TOO_EARLY or time.monotonic() > until:
                _raise(response)
                return dict(response.json())
            time.sleep(next(pauses))

    def tell_cleared(self, upload: str, *, path: str, cleared_at: str) -> None:
        """Report that a file was cleared from a card."""
        _raise(self._ask("POST", f"{upload}/cleared", json={"path": path, "cleared_at": cleared_at}))

    def _json(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        response = self._ask("POST", path, json=said)
        _raise(response)
        try:
            return dict(response.json())
        except ValueError as error:
            raise UnknownServer("对方不是本机关的服务器：答复不合格式") from error

    def _finish(self, upload: str, size: int) -> None:
        """All bytes are there; where the server stopped before it stored them, an empty piece lets it go on."""
        if self._ask("GET", f"{upload}/receipt").status_code == _UNFINISHED:
            headers = {"Upload-Offset": str(size), "Content-Type": _OCTETS, "Content-Length": "0"}
            response = self._ask("PATCH", upload, headers=headers)
            if response.status_code not in (409, 423):
                _raise(response)

    def _send_from(
        self, upload: str, file: BinaryIO, offset: int, size: int, pace: Pace | None = None
    ) -> None:
        file.seek(offset)
        if pace is not None:
            pace.starts(offset)
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": _OCTETS,
            "Content-Length": str(size - offset),
        }
        body = _FromCard(file, offset, pace)
        try:
            response = self._ask("PATCH", upload, headers=headers, data=body)
        except Unavailable:
            if body.error is not None:
                raise body.error from None  # The card failed, not the line.
            raise
        if response.status_code in (409, 423):
            raise Unavailable("上传位置有变，将从服务器的位置继续")
        _raise(response)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """One question and its answer. A line that was good a moment ago is given some seconds to come back; one that was dead
        from the start is not, nor is a body asked for twice: `send` goes on from where the house is.
        """
        waits = iter(_WAITS if self._has_answered and "data" not in more else ())
        while True:
            try:
                response = self._ask_once(method, path, **more)
            except UnknownServer:
                raise
            except Unavailable:
                wait = next(waits, None)
                if wait is None:
                    raise
                time.sleep(wait)
            else:
                self._has_answered = True
                return response

    def _ask_once(self, method: str, path: str, **more: Any) -> requests.Response:
        try:
            return self._session.request(
                method, self._config.line + path, timeout=(_CONNECT, _READ), allow_redirects=False, **more
            )
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" not in str(
                error
            ):  # The house did not take ours, or the handshake broke.
                raise Unavailable(
                    "服务器不接受本站的证书，或者握手失败", do="请系统管理员核对采集站证书。"
                ) from error
            raise UnknownServer(f"{self._config.line} 出示的证书不是本机关的") from error
        except requests.RequestException as error:
            raise Unavailable(
                f"连接服务器失败（{type(error).__name__}）", do="请检查网线；原件仍在卡上，恢复后自动续传。"
            ) from error


class _FromCard:
    """A file being sent; remembers that reading it failed, which the line's library would take for its own trouble."""

    def __init__(self, file: BinaryIO, offset: int = 0, pace: Pace | None = None) -> None:
        self._file, self._position, self._pace = file, offset, pace
        self.error: OSError | None = None

    def read(self, size: int = -1) -> bytes:
        if self._pace is not None:
            self._pace.at(self._position)  # What was read before is with the line by now.
        try:
            piece = self._file.read(size)
        except OSError as error:
            self.error = error
            raise
        self._position += len(piece)
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _pauses() -> Iterator[float]:
    """Between two askings: short ones first, for a receipt that is nearly there, then such that many ports do not crowd the house."""
    yield from (0.05, 0.1, 0.2)
    yield from repeat(0.5)


def check_receipt(told: Mapping[str, Any], *, digest: Digest, size: int, config: Config) -> Receipt:
    """The receipt, checked with our own key and against what we read from the card. Raises where it does not fit."""
    receipt = Receipt.opened(dict(told), config.receipt_key, also=config.receipt_twin)
    if not receipt.digest.agrees_with(digest) or receipt.digest.sm3 != digest.sm3 or receipt.size != size:
        raise Refused("服务器的回执与卡上的文件不符", do="原件保留在卡上，请立即报告系统管理员。")
    return receipt


def _raise(response: requests.Response) -> None:
    if response.status_code < 300:
        return
    try:
        told = response.json()
        why, do = str(told["why"]), str(told["do"])
    except (ValueError, KeyError, TypeError):
        why, do = f"服务器答复 {response.status_code}", ""
    if response.status_code in (503, 507, 502, 504):
        raise Unavailable(why, do=do)
    raise (Malformed if response.status_code in (400, 460) else Refused)(why, do=do)
