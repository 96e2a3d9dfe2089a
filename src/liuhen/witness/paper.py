"""The way over paper or a stick: the same submission, scanned or carried; the answer is the cosigned checkpoint, to be carried back.

The house learns from it which checkpoint was cosigned: the answer is a whole signed note, not a line alone.
"""

from liuhen.engines.ledger.slips import content_of
from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import Malformed
from liuhen.witness.books import Books
from liuhen.witness.judging import Answer, add_checkpoint


def answered(books: Books, scanned: str, *, clock: Clock = now) -> Answer:
    """What becomes of codes read by a scanner; a misread slip is told as any other fault of form."""
    try:
        body = content_of(scanned)
    except Malformed as error:
        return Answer(400, "", f"{error}")
    return add_checkpoint(books, body, clock=clock)
