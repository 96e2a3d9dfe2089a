"""What a station asks besides bringing files: that the house is the house, its spool key, and a client certificate.

Every answer is signed with the key that signs receipts, over the station's own nonce: a station that finds another server on
the line knows it before it has told that server anything. What a station refused it reports here.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from liuhen.apps.devices import stations
from liuhen.apps.devices.models import Station, StationReport
from liuhen.apps.devices.queries import terms_of
from liuhen.engines.ledger.contact import Contact
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Caller, Unknown, bearer_of, caller_of, in_thread
from liuhen.interfaces.files.cards import body_of
from liuhen.interfaces.files.door import door_of
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.kernel.errors import LiuhenError, Malformed, Refused
from liuhen.kernel.sealed import public_bytes

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MOST_REPORTS = 200
_NONCE = range(16, 65)


class Stations:
    """The endpoints of stations over one office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        return [
            Route("/files/contact", self.contact, methods=["POST"], name="files-contact"),
            Route("/files/certificate", self.certificate, methods=["POST"], name="files-certificate"),
        ]

    async def contact(self, request: Request) -> Response:
        return await self._answered(request, caller_of, self._contact)

    async def certificate(self, request: Request) -> Response:
        """By certificate it is a renewal; by token only where an administrator allowed it, whatever the door."""
        renews = door_of(request).is_intake
        work = self._renewed if renews else self._first
        return await self._answered(request, caller_of if renews else bearer_of, work)

    async def _answered(
        self, request: Request, who: Callable[[Request], Caller], work: Callable[..., dict[str, Any]]
    ) -> Response:
        try:
            caller = await in_thread(who, request)
            if caller.station is None:
                raise Unknown
            body = await body_of(request)
            answer = await in_thread(work, caller, caller.station, body)
        except LiuhenError as error:
            return told(error)
        return JSONResponse(answer, headers=_HEADERS)

    def _contact(self, caller: Caller, station: Station, body: dict[str, Any]) -> dict[str, Any]:
        moment = now()
        reports = body.get("reports", [])
        if not isinstance(reports, list) or len(reports) > _MOST_REPORTS:
            raise Malformed("报告不合格式，或者过多", do=f"一次最多 {_MOST_REPORTS} 条。")
        for report in reports:
            stations.enter_report(station, by=caller.actor, at=moment, **_report(report))
        return self._signed(station, body, moment)

    def _first(self, caller: Caller, station: Station, body: dict[str, Any]) -> dict[str, Any]:
        moment = now()
        stations.check_may_certify(station, at=moment)
        return self._issued(caller, station, body, moment)

    def _renewed(self, caller: Caller, station: Station, body: dict[str, Any]) -> dict[str, Any]:
        return self._issued(caller, station, body, now())

    def _issued(
        self, caller: Caller, station: Station, body: dict[str, Any], moment: datetime
    ) -> dict[str, Any]:
        if not self._office.intake_port:
            raise Refused("服务器没有开放采集站接入端口", do="仅在本机使用的采集站凭令牌即可，不需要证书。")
        issued = self._office.authority.issue(
            str(body.get("request", "")), station=str(station.pk), at=moment
        )
        answer = self._signed(station, body, moment, certificate=issued.pem)
        stations.issue_certificate(
            station, by=caller.actor, fingerprint=issued.fingerprint, until=issued.until, at=moment
        )
        return answer

    def _signed(
        self, station: Station, body: dict[str, Any], moment: datetime, certificate: str = ""
    ) -> dict[str, Any]:
        nonce = body.get("nonce")
        if not isinstance(nonce, str) or len(nonce) not in _NONCE:
            raise Malformed("缺少 nonce，或长度不对", do="nonce 为 16 到 64 个字符。")
        said = Contact(
            station=str(station.pk), nonce=nonce, at=as_utc_text(moment), house_key=public_bytes(self._office.opening_key),
            intake_port=self._office.intake_port, is_locked=terms_of(station).is_locked, certificate=certificate,
        )  # fmt: skip
        return said.signed(self._office.signer)


def _report(told: Any) -> dict[str, Any]:
    try:
        return {
            "what": StationReport.What(told["what"]).value,
            "detail": str(told["detail"]).replace("\0", "\\x00"),
            "noticed_at": from_text(told["noticed_at"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("有一条报告不合格式") from error
