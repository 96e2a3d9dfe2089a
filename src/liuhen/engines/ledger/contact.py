"""A contact: the house's signed answer to a station that asked with a nonce of its own.

It proves that the one who answers is the house, and tells what a station needs besides: the key to which it seals its spool, the
port for those with a certificate, whether it reads only registered devices, and a certificate where one was asked for.
"""

import base64
from dataclasses import dataclass
from typing import Any

from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.engines.ledger.statement import check_statement, signed_statement
from liuhen.kernel.errors import Malformed, Tampered

_CONTEXT = b"liuhen-contact-v1\n"


@dataclass(frozen=True, slots=True)
class Contact:
    """What the house said to which station, over which nonce. `intake_port` is 0 where there is none."""

    station: str
    nonce: str
    at: str
    house_key: bytes
    intake_port: int
    is_locked: bool
    certificate: str = ""

    def signed(self, signer: Signer) -> dict[str, Any]:
        """The answer as JSON with its signature."""
        return signed_statement(_CONTEXT, self._body(), signer)

    @classmethod
    def opened(cls, told: dict[str, Any], verifier: Verifier, *, nonce: str) -> "Contact":
        """Raises `Malformed` where members are missing, `Tampered` where it is another's answer or one to another question."""
        try:
            contact = cls(
                station=str(told["station"]),
                nonce=str(told["nonce"]),
                at=str(told["at"]),
                house_key=base64.b64decode(told["house_key"], validate=True),
                intake_port=int(told["intake_port"]),
                is_locked=bool(told["is_locked"]),
                certificate=str(told["certificate"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed("服务器的答复缺少字段或格式不对") from error
        check_statement(_CONTEXT, contact._body(), told.get("signature"), verifier)
        if contact.nonce != nonce:
            raise Tampered("服务器的答复不是对这次询问的", do="请勿继续，并立即报告系统管理员。")
        return contact

    def _body(self) -> dict[str, Any]:
        return {
            "station": self.station,
            "nonce": self.nonce,
            "at": self.at,
            "house_key": base64.b64encode(self.house_key).decode(),
            "intake_port": self.intake_port,
            "is_locked": self.is_locked,
            "certificate": self.certificate,
        }
