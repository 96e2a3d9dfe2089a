"""What other offices' systems push: one message a request, by a key of their own. See docs/formats/intake.md.

A key opens nothing else, and is held against its row at each request; who comes with a revoked one is nobody.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from liuhen.apps.casework.messages import message_of
from liuhen.apps.casework.models import OutsideSystem
from liuhen.apps.casework.pushing import push, system_of
from liuhen.interfaces.files.answers import told
from liuhen.interfaces.files.callers import Unknown, in_thread
from liuhen.interfaces.files.cards import body_of
from liuhen.interfaces.pace import Pace
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import LiuhenError

MOST_BYTES = 64 << 10
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MESSAGES = Pace("推送消息", most=600, seconds=60)
_STATUS = {"new": 201, "known": 200, "changed": 202}


class Pushes:
    """The one endpoint of outside systems."""

    def routes(self) -> list[Route]:
        return [Route("/files/messages", self.message, methods=["POST"], name="files-messages")]

    async def message(self, request: Request) -> Response:
        try:
            system = await in_thread(_system_of, request)
            _MESSAGES.take(system.pk)
            body = await body_of(request, most=MOST_BYTES)
            answer = await in_thread(_pushed, system, body, request.client.host if request.client else "")
        except LiuhenError as error:
            return told(error)
        return JSONResponse(answer, status_code=_STATUS[answer["outcome"]], headers=_HEADERS)


def actor_of(system: OutsideSystem, origin: str) -> Actor:
    """The system as it acts, with from where."""
    return Actor("outside", system.pk, f"外部系统 {system.name} {origin}".strip())


def _system_of(request: Request) -> OutsideSystem:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    found = system_of(key) if scheme.lower() == "bearer" and key else None
    if found is None:
        raise Unknown
    return found


def _pushed(system: OutsideSystem, body: dict[str, Any], origin: str) -> dict[str, Any]:
    done = push(system, message_of(body), by=actor_of(system, origin), at=now())
    return {"number": done.number, "outcome": done.outcome}
