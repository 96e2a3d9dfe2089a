"""A leave (清除许可): the house's signed permission to one station to clear one file from a card.

Given only after the recording was re-read and equal, and after the line that says so was sealed under a signed checkpoint.
The station checks it for itself before it touches the card.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liuhen.engines.ledger.national import Sm2Verifier
from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.engines.ledger.statement import check_statement, signed_statement
from liuhen.kernel.clock import as_utc_text, from_text
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed

_CONTEXT = b"liuhen-leave-v1\n"


@dataclass(frozen=True, slots=True)
class Leave:
    """Which object, for which station, under which line of `verified`, sealed in a checkpoint of which size."""

    recording: str
    digest: Digest
    size: int
    station: str
    line: int
    sealed: int
    at: datetime
    log: str

    def body(self) -> dict[str, Any]:
        return {
            "recording": self.recording,
            "sha256": self.digest.sha256,
            "sm3": self.digest.sm3,
            "size": self.size,
            "station": self.station,
            "line": self.line,
            "sealed": self.sealed,
            "at": as_utc_text(self.at),
            "log": self.log,
        }

    def signed(self, signer: Signer) -> dict[str, Any]:
        """The leave as JSON with its signature."""
        return signed_statement(_CONTEXT, self.body(), signer)

    @classmethod
    def opened(
        cls, signed: dict[str, Any], verifier: Verifier, *, also: Sm2Verifier | None = None
    ) -> "Leave":
        """Raises `Malformed` where members are missing or a line is not sealed, `Tampered` where the signature does not fit."""
        try:
            leave = cls(
                recording=str(signed["recording"]),
                digest=Digest(signed["sha256"], signed["sm3"]),
                size=int(signed["size"]),
                station=str(signed["station"]),
                line=int(signed["line"]),
                sealed=int(signed["sealed"]),
                at=from_text(signed["at"]),
                log=str(signed["log"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Malformed("清除许可缺少字段或格式不对") from error
        check_statement(_CONTEXT, leave.body(), signed.get("signature"), verifier, also=also)
        if leave.sealed < leave.line:
            raise Malformed(f"清除许可所依的第 {leave.line} 行尚未封存")
        return leave
