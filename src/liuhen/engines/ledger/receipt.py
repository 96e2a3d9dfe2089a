"""A receipt: the house's signed promise about one object. `stored`: nothing is lost any more. `verified`: re-read
from the medium and equal; only now may a station clear the card.

Printed, stored at the station and carried in packages; checked without us.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from liuhen.engines.ledger.national import Sm2Verifier
from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.engines.ledger.statement import check_statement, signed_statement
from liuhen.kernel.clock import as_utc_text, from_text
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Tampered

_CONTEXT = b"liuhen-receipt-v1\n"
State = Literal["stored", "verified"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is promised: this many bytes with these digests, under this journal number, since this moment."""

    state: State
    recording: str
    digest: Digest
    size: int
    line: int
    at: datetime
    log: str

    def body(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "recording": self.recording,
            "sha256": self.digest.sha256,
            "sm3": self.digest.sm3,
            "size": self.size,
            "line": self.line,
            "at": as_utc_text(self.at),
            "log": self.log,
        }

    def signed(self, signer: Signer) -> dict[str, Any]:
        """The receipt as JSON, with a signature that names its algorithm and key."""
        return signed_statement(_CONTEXT, self.body(), signer)

    @classmethod
    def opened(
        cls, signed: dict[str, Any], verifier: Verifier, *, also: Sm2Verifier | None = None
    ) -> "Receipt":
        """The receipt in `signed`, once its signature was checked against the key we trust (not the one it brings), with `also` both.

        Raises `Malformed` where fields are missing, `Tampered` where the signature is not over these fields.
        """
        try:
            receipt = cls(
                state=signed["state"],
                recording=signed["recording"],
                digest=Digest(signed["sha256"], signed["sm3"]),
                size=int(signed["size"]),
                line=int(signed["line"]),
                at=from_text(signed["at"]),
                log=signed["log"],
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Malformed("回执缺少字段或格式不对") from error
        if receipt.state not in ("stored", "verified"):
            raise Tampered(f"回执的状态不受承认：{str(receipt.state)[:40]}")
        check_statement(_CONTEXT, receipt.body(), signed.get("signature"), verifier, also=also)
        return receipt
