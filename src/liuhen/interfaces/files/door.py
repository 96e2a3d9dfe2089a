"""By which door a request came: the pages' port, or the stations' intake with the client certificate that was shown there.

Set by the application that serves the port, never by anything in the request. Without a door nothing but a session is heard.
"""

import hashlib
from dataclasses import dataclass

from starlette.requests import Request

_KEY = "liuhen.door"
CERTIFICATE = "liuhen.certificate"


@dataclass(frozen=True, slots=True)
class Door:
    """`is_intake`: stations alone, by certificate. `tokens`: whether a token is enough here, on loopback only.

    `fingerprint` is the SHA-256 of the certificate with which the connection was made, as hex.
    """

    is_intake: bool = False
    tokens: bool = False
    fingerprint: str = ""


def through(door: Door, scope: dict[str, object]) -> dict[str, object]:
    """The scope of a request that came by this door; the intake's server put the certificate beside it."""
    shown = scope.get(CERTIFICATE)
    if door.is_intake and isinstance(shown, bytes):
        door = Door(is_intake=True, fingerprint=hashlib.sha256(shown).hexdigest())
    return {**scope, _KEY: door}


def door_of(request: Request) -> Door:
    found = request.scope.get(_KEY)
    return found if isinstance(found, Door) else Door()
