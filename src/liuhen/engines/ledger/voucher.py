"""凭条: what a party takes away. It proves for ever that a recording with these digests stood in the journal then, and shows nothing of it.

A signed note of the house, the line by which the recording came in with its salt, the path of its commitment, and the checkpoint with the
witnesses' signatures: whoever keeps the paper needs nothing of the house but its key, and that from elsewhere.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liuhen.engines.ledger.note import Signer, sign_note
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import Digest

FORMAT = "liuhen-voucher-v1"


@dataclass(frozen=True, slots=True)
class Voucher:
    """`line` with its opened body; `proof` leads from its commitment to `checkpoint`. `house` is the key as a trust root has it."""

    recording: str
    digest: Digest
    size: int
    line: int
    body: str
    salt: str
    proof: Sequence[bytes]
    checkpoint: str
    house: str
    at: datetime

    def text(self) -> str:
        return (
            f"{FORMAT}\n{self.recording}\nsha256 {self.digest.sha256}\nsm3 {self.digest.sm3}\nsize {self.size}\n"
            f"line {self.line}\nissued {as_utc_text(self.at)}\n"
        )

    def signed(self, signer: Signer) -> bytes:
        """The voucher as one canonical JSON, for a file or for codes."""
        told: dict[str, Any] = {
            "format": FORMAT, "note": sign_note(self.text(), signer), "body": self.body, "salt": self.salt,
            "proof": [base64.b64encode(step).decode() for step in self.proof], "checkpoint": self.checkpoint, "house": self.house,
        }  # fmt: skip
        return canonical(told)
