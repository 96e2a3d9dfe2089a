"""The courier: takes each new checkpoint to the witnesses on line, in the background, and brings their cosignatures back.

One hand for each witness, so that one who is away keeps nobody waiting; of several worker processes one does it (a lock). Only the newest
checkpoint travels: who vouches for it vouches for all before. What a witness says is a trouble for the page; only a checkpoint that our own
log signed and that does not fit stops the sealing, for a bad witness must not be able to stop an office.
"""

import fcntl
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
from django.db import close_old_connections, connections

from liuhen.apps.journal.halts import check_holds, halt
from liuhen.apps.journal.queries import sealed_size
from liuhen.apps.journal.witnessing import covered_by, keep_cosignature, note_contact, submission_to
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.policy import Witness
from liuhen.engines.ledger.submission import MOST_BYTES, SIZE_TYPE, Submission
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import LiuhenError, Tampered, Unavailable

_LOGGER = logging.getLogger(__name__)
_PAUSE, _LONGEST_PAUSE = (
    2.0,
    60.0,
)  # seconds between two tries with one witness; grows while it does not answer
_PATIENCE = (3.05, 10.0)
_TRIES = 3


class Courier:
    """All hands of one office. `start` returns at once; `stop` ends them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stopped = threading.Event()
        self._hands = [
            threading.Thread(target=self._go_between, args=(witness,), daemon=True, name=f"witness-{number}")
            for number, witness in enumerate(office.witnesses.on_line)
        ]

    def start(self) -> None:
        for hand in self._hands:
            hand.start()

    def stop(self) -> None:
        self._stopped.set()
        for hand in self._hands:
            hand.join(1.0)

    def _go_between(self, witness: Witness) -> None:
        pause = _PAUSE
        lock = self._office.home / f".witness-{witness.key.key_id.hex()}.lock"
        try:
            log = self._office.log.apart()
            with _alone(lock, self._stopped), requests.Session() as line:
                while not self._stopped.wait(pause):
                    close_old_connections()
                    reached = carry(log, witness, line)
                    pause = _PAUSE if reached else min(pause * 2, _LONGEST_PAUSE)
        finally:
            connections.close_all()


class Outcome(NamedTuple):
    """`answered`: the witness was reached and nothing contrary came of it; `trouble` says why it did not cosign, empty where it did."""

    answered: bool
    trouble: str = ""


def carry(log: Log, witness: Witness, line: requests.Session, *, clock: Clock = now) -> bool:
    """Bring the newest checkpoint, if the witness has not seen it; False where it did not cosign."""
    size = sealed_size()
    if size == 0 or covered_by(witness.key) >= size:
        return True
    return not ask(log, witness, line, clock=clock).trouble


def ask(log: Log, witness: Witness, line: requests.Session, *, clock: Clock = now) -> Outcome:
    """Show the newest checkpoint in any case: so a house that was put back learns of it."""
    try:
        _exchange(log, witness, line, clock)
        outcome = Outcome(answered=True)
    except _Unreached as error:
        outcome = Outcome(answered=False, trouble=error.why)
    except Tampered as error:
        _LOGGER.critical("见证“%s”：%s", witness.name, error)
        outcome = Outcome(answered=False, trouble=error.why)
    except LiuhenError as error:
        outcome = Outcome(answered=True, trouble=error.why)
    note_contact(str(witness.key), at=clock(), trouble=outcome.trouble)
    return outcome


def confirmed(office: Office, *, clock: Clock = now) -> bool:
    """Whether enough witnesses were heard that nobody is known to hold more of this log than we do. True where none is on line."""
    on_line, log = office.witnesses.on_line, office.log.apart()
    with requests.Session() as line:
        heard = [one for one in on_line if ask(log, one, line, clock=clock).answered]
    return len(heard) == len(on_line) or office.witnesses.satisfied_by(str(one.key) for one in heard)


class _Unreached(Unavailable):
    """No answer came."""


def _exchange(log: Log, witness: Witness, line: requests.Session, clock: Clock) -> None:
    submission = submission_to(log, witness.key)
    for _ in range(_TRIES):
        told = _posted(witness, line, submission)
        if told.status == 200:
            if submission.claimed.size:
                keep_cosignature(log, witness.key, submission.note + told.text, at=clock())
            return
        if told.status == 409:
            held = _size(told)
            if held <= submission.claimed.size and held != submission.old:
                submission = submission_to(log, witness.key, old=held)
                continue
        if told.status in (409, 422):
            _look_for_evidence(log, witness, line, clock)
        raise Unavailable(_TROUBLE.get(told.status, f"见证单位答复 {told.status}"))
    raise Unavailable("见证单位的记录一再变动，稍后再送")


_TROUBLE = {
    400: "见证单位读不懂送去的检查点（400）",
    403: "见证单位登记的公钥不是本机关现在的签名公钥（403）",
    404: "见证单位没有登记本机关的日志（404），请把签名公钥书面交给对方",
    409: "见证单位称其记录比这里多，但拿不出本机关签名的检查点（409）",
    422: "见证单位不认为这是上次会签的延续，但拿不出与此不符的检查点（422）",
}


def _look_for_evidence(log: Log, witness: Witness, line: requests.Session, clock: Clock) -> None:
    """Ask what it holds. A checkpoint that our log signed and that is not a beginning of ours stops the sealing."""
    origin = hashlib.sha256(log.origin.encode()).hexdigest()
    note = _fetched(witness, line, f"{witness.url}/{origin}/checkpoint")
    signed = log.opened(note)
    try:
        check_holds(log, signed)
    except Tampered as error:
        _LOGGER.critical("封存停止，见证“%s”持有的检查点与本机不符：%s", witness.name, error)
        halt(error, at=clock(), log=log, note=note, witness=witness.name)
        raise


def _posted(witness: Witness, line: requests.Session, submission: Submission) -> "_Told":
    return _heard(
        witness,
        lambda: line.post(
            f"{witness.url}/add-checkpoint",
            data=submission.body(),
            timeout=_PATIENCE,
            allow_redirects=False,
            stream=True,
        ),
    )


def _fetched(witness: Witness, line: requests.Session, url: str) -> str:
    told = _heard(witness, lambda: line.get(url, timeout=_PATIENCE, allow_redirects=False, stream=True))
    return told.text if told.status == 200 else ""


class _Told(NamedTuple):
    status: int
    type: str
    text: str


def _heard(witness: Witness, send: Callable[[], requests.Response]) -> _Told:
    """The whole answer, of a bounded length. Raises `_Unreached`."""
    content = b""
    try:
        with send() as told:
            for piece in told.iter_content(8192):
                content += piece
                if len(content) > MOST_BYTES:
                    raise Unavailable(f"见证单位“{witness.name}”的答复过长")
    except requests.RequestException as error:
        raise _Unreached(f"连不上见证单位“{witness.name}”（{witness.url}）") from error
    return _Told(told.status_code, told.headers.get("Content-Type", ""), content.decode(errors="replace"))


def _size(told: _Told) -> int:
    text = told.text.removesuffix("\n")
    is_size = told.type == SIZE_TYPE and text.isascii() and text.isdecimal()
    if not is_size or len(text) > 19:
        raise Unavailable("见证单位的答复不合规范（409 而没有大小）")
    return int(text)


@contextmanager
def _alone(path: Path, stopped: threading.Event) -> Iterator[None]:
    """Waits for the lock until told to stop; the other worker has it."""
    with path.open("a") as lock:
        while not stopped.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.5)
        yield
