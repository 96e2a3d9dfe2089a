"""A checkpoint: how large the log is and what its root is, signed. C2SP tlog-checkpoint."""

import base64
import binascii
from dataclasses import dataclass

from liuhen.engines.ledger.note import Signer, Verifier, open_note, sign_note
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
        lines = open_note(note, *verifiers).split("\n")
        try:
            origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (IndexError, ValueError, binascii.Error) as error:
            raise Tampered("检查点格式不对：应为来源、大小、根摘要三行") from error
        if str(size) != lines[1] or size < 0 or len(root) != HASH:
            raise Tampered("检查点格式不对：大小或根摘要不合规范")
        return cls(origin, size, root)
