"""The stamper: has the newest checkpoint stamped by the time authority of the settings, in the background, each hour or so."""

import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests
from cryptography import x509
from django.db import close_old_connections, connections

from liuhen.apps.journal.stamping import due_for_time, keep_token
from liuhen.apps.journal.witnessing import note_contact
from liuhen.engines.ledger.timestamp import (
    MOST_BYTES,
    QUERY_TYPE,
    TimeAuthority,
    query,
    token_in,
)
from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import LiuhenError, Refused, Unavailable
from liuhen.server.settings import Settings

_LOGGER = logging.getLogger(__name__)
_LOOK_EVERY, _AFTER_TROUBLE = 15.0, 300.0
_PATIENCE = (3.05, 15.0)


@dataclass(frozen=True, slots=True)
class Stamping:
    """Whom to ask, and how often."""

    authority: TimeAuthority
    url: str
    every: timedelta


def stamping_of(settings: Settings) -> Stamping | None:
    """What the settings say; None where no authority is named. Raises `Refused` where its roots cannot be read."""
    if not settings.time_authority:
        return None
    try:
        roots = tuple(x509.load_pem_x509_certificates(Path(settings.time_roots).read_bytes()))
    except (OSError, ValueError) as error:
        raise Refused(
            f"读不到时间戳机构的根证书 {settings.time_roots or '（没有写明）'}",
            do="请把机构的根证书（PEM）放到本机，用 time_roots 写明。",
        ) from error
    return Stamping(
        TimeAuthority(settings.time_authority, roots, settings.time_policy),
        settings.time_authority,
        timedelta(minutes=settings.time_minutes),
    )


class Stamper:
    """One thread of one process; of several workers each looks, and the second finds the token there."""

    def __init__(self, stamping: Stamping | None) -> None:
        self._stamping = stamping
        self._stopped = threading.Event()
        self._hand = threading.Thread(target=self._work, daemon=True, name="stamper")

    def start(self) -> None:
        if self._stamping is not None:
            self._hand.start()

    def stop(self) -> None:
        self._stopped.set()

    def _work(self) -> None:
        pause = _LOOK_EVERY
        try:
            while self._stamping is not None and not self._stopped.wait(pause):
                close_old_connections()
                pause = _LOOK_EVERY if stamp(self._stamping) else _AFTER_TROUBLE
        finally:
            connections.close_all()


def stamp(stamping: Stamping, *, clock: Clock = now) -> bool:
    """Have the newest checkpoint stamped where it is due; False where the authority gave no token that holds."""
    point = due_for_time(stamping.authority.name, every=stamping.every, at=clock())
    if point is None:
        return True
    nonce = secrets.randbits(63)
    try:
        reply = _asked(
            stamping.url, query(point.note.encode(), nonce=nonce, policy=stamping.authority.policy)
        )
        keep_token(point, token_in(reply), stamping.authority, nonce=nonce, at=clock())
    except LiuhenError as error:
        _LOGGER.warning("可信时间：%s", error)
        note_contact(stamping.authority.name, at=clock(), trouble=error.why)
        return False
    note_contact(stamping.authority.name, at=clock())
    return True


def _asked(url: str, body: bytes) -> bytes:
    content = b""
    try:
        headers = {"Content-Type": QUERY_TYPE}
        with requests.post(
            url, data=body, headers=headers, timeout=_PATIENCE, allow_redirects=False, stream=True
        ) as told:
            if told.status_code != 200:
                raise Unavailable(f"时间戳机构答复 {told.status_code}")
            for piece in told.iter_content(8192):
                content += piece
                if len(content) > MOST_BYTES:
                    raise Unavailable("时间戳机构的答复过长")
    except requests.RequestException as error:
        raise Unavailable(f"连不上时间戳机构 {url}") from error
    return content
