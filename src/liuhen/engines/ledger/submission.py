"""What a log sends to a witness, in the form of C2SP tlog-witness `add-checkpoint`: old size, consistency proof, checkpoint.

The same bytes go over the line, on a stick, and in printed codes.
"""

import base64
import re
from dataclasses import dataclass

from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.tree import HASH
from liuhen.kernel.errors import Malformed, Tampered

MOST_STEPS = 63
MOST_BYTES = 64 << 10
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Submission:
    """`old` is the size the sender believes the witness to hold, `proof` shows that that tree is the beginning of `note`'s."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def body(self) -> bytes:
        steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.proof)
        return f"old {self.old}\n{steps}\n{self.note}".encode()

    @property
    def claimed(self) -> Checkpoint:
        """The checkpoint as it stands there, unverified. Raises `Malformed` where it is none."""
        try:
            return Checkpoint.read(self.note)
        except Tampered as error:
            raise Malformed(f"送来的不是检查点：{error.why}") from error

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """Read a body. Raises `Malformed` for anything that is not in this form, however little differs."""
        if len(body) > MOST_BYTES:
            raise Malformed(f"送来的内容超过 {MOST_BYTES} 字节")
        try:
            head, separator, note = body.decode().partition("\n\n")
        except UnicodeDecodeError as error:
            raise Malformed("送来的内容不是 UTF-8 文本") from error
        first, *steps = head.split("\n")
        old = _OLD.fullmatch(first)
        if not separator or old is None or not note.endswith("\n"):
            raise Malformed("送来的内容应依次为 old 行、证明、空行、检查点，各行以换行结尾")
        if len(steps) > MOST_STEPS:
            raise Malformed(f"证明超过 {MOST_STEPS} 行")
        found = cls(int(old[1]), tuple(_step(step) for step in steps), note)
        _ = found.claimed
        return found


def _step(line: str) -> bytes:
    try:
        step = base64.b64decode(line, validate=True)
    except ValueError as error:
        raise Malformed("证明中有一行不是 base64") from error
    if len(step) != HASH or base64.b64encode(step).decode() != line:
        raise Malformed("证明中有一行不是一个摘要")
    return step
