"""What a witness does with a checkpoint, step by step as C2SP tlog-witness asks: the order of the checks decides the answer.

200 cosigned, 400 not in the form, 403 not signed by the log, 404 a log we do not know, 409 not from where we are, 422 does not continue it.
"""

from datetime import datetime
from typing import NamedTuple

from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.note import signature_line, signatures_of, split_note
from liuhen.engines.ledger.submission import SIZE_TYPE, Submission
from liuhen.engines.ledger.tree import EMPTY_ROOT, check_consistency
from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import Malformed, Tampered
from liuhen.witness.books import Books, TrustedLog

_TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """The answer on the line, and `said`: the same for people. `note` is the cosigned checkpoint, where it was."""

    status: int
    body: str
    said: str
    type: str = _TEXT
    note: str = ""


def add_checkpoint(books: Books, body: bytes, *, clock: Clock = now) -> Answer:
    """Check, keep, cosign. What is answered with 200 is durable before this returns. Raises `Tampered` where our own books do not fit."""
    try:
        submission = Submission.parse(body)
    except Malformed as error:
        return Answer(400, f"{error.why}\n", error.why)
    claimed = submission.claimed
    log = books.of(claimed.origin)
    if log is None:
        said = f"“{claimed.origin}”不在本见证的登记之中"
        return Answer(404, f"{said}\n", said)
    try:
        offered = Checkpoint.opened(submission.note, log.key)
    except Tampered as error:
        said = f"检查点不是“{log.title}”登记的公钥签的：{error.why}"
        return Answer(403, f"{said}\n", said)
    if submission.old > offered.size:
        said = f"old {submission.old} 大于检查点的 {offered.size}"
        return Answer(400, f"{said}\n", said)
    with books.alone():
        return _continued(books, log, submission, offered, clock)


def _continued(
    books: Books, log: TrustedLog, submission: Submission, offered: Checkpoint, clock: Clock
) -> Answer:
    held = books.latest(log) or Checkpoint(log.origin, 0, EMPTY_ROOT)
    if submission.old != held.size:
        said = f"本见证上次会签到 {held.size} 笔，送来的从 {submission.old} 笔接起"
        return Answer(409, f"{held.size}\n", said, SIZE_TYPE)
    try:
        check_consistency(
            submission.proof, old=held.size, new=offered.size, old_root=held.root, new_root=offered.root
        )
        _check_empty(offered)
    except Tampered as error:
        books.keep_conflict(log, submission.note)
        said = f"拒绝会签，已留存为证据：{error.why}"
        return Answer(422, f"{said}\n", said)
    return _cosigned(books, log, submission.note, offered, clock())


def _check_empty(offered: Checkpoint) -> None:
    if offered.size == 0 and offered.root != EMPTY_ROOT:
        raise Tampered("空日志的根摘要不对")


def _cosigned(books: Books, log: TrustedLog, note: str, offered: Checkpoint, at: datetime) -> Answer:
    text, _ = split_note(note)
    line = books.cosigner.cosign(text, at=at)
    own = _only(note, log)
    books.keep(log, own + line, at=at)
    return Answer(200, line, f"已会签“{log.title}”的第 {offered.size} 笔为止", note=own + line)


def _only(note: str, log: TrustedLog) -> str:
    """The note with the log's own signatures alone: what others put under it we do not pass on."""
    text, lines = split_note(note)
    return text + "\n" + "".join(signature_line(log.key, one) for one in signatures_of(log.key, lines))
