"""A checkpoint: how large the log is and what its root is, signed. C2SP tlog-checkpoint."""

import base64
from dataclasses import dataclass

from liuhen.engines.ledger.note import Signer, Verifier, open_note, sign_note, split_note
from liuhen.engines.ledger.tree import HASH
from liuhen.kernel.errors import Tampered


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the log, `size` counts its entries, `root` is the RFC 6962 root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, *signers: Signer) -> str:
        return sign_note(self.text(), *signers)

    @classmethod
    def opened(cls, note: str, *verifiers: Verifier) -> "Checkpoint":
        """The checkpoint in a signed note. Raises `Tampered` where it is not signed or not well formed."""
        return cls._of(open_note(note, *verifiers))

    @classmethod
    def read(cls, note: str) -> "Checkpoint":
        """The checkpoint as a note claims it, whoever signed: to see whose it is before it is opened. Raises `Tampered`."""
        return cls._of(split_note(note)[0])

    @classmethod
    def _of(cls, text: str) -> "Checkpoint":
        lines = text.split("\n")
        try:
            origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (IndexError, ValueError) as error:
            raise Tampered("检查点格式不对：应为来源、大小、根摘要三行") from error
        if not origin or str(size) != lines[1] or size < 0 or len(root) != HASH or "" in lines[3:-1]:
            raise Tampered("检查点格式不对：大小、根摘要或附加行不合规范")
        return cls(origin, size, root)
