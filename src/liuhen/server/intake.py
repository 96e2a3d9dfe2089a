"""`liuhen intake`: the stations' own port. TLS 1.3 with a client certificate of the house, and nothing behind it but adding.

A process of its own under `liuhen serve`: the pages' server cannot tell an application which certificate was shown (see
docs/decisions/0010-client-certificates.md). Everything after the handshake is the same code as at the pages' port.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding
from uvicorn.protocols.http.h11_impl import H11Protocol

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")
django.setup()

from liuhen.interfaces.files.door import CERTIFICATE  # noqa: E402
from liuhen.interfaces.files.inward import Inward  # noqa: E402
from liuhen.server.bulk import check_files  # noqa: E402
from liuhen.server.django_settings import SETTINGS  # noqa: E402
from liuhen.server.tls import intake_certificate  # noqa: E402
from liuhen.server.wiring import office  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_MOST_AT_ONCE = 512
_MOST_HEADER = 64 << 10
_KEEPS_ALIVE = 75
_PATIENCE = 15


class Certified(H11Protocol):
    """One connection: the certificate of its handshake goes into every request that comes over it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        shown = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        inner: Any = self.app

        async def certified(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, CERTIFICATE: shown}, receive, send)

        self.app = certified


class Intake:
    """The application: files in, nothing out but receipts, leaves and certificates."""

    def __init__(self) -> None:
        self._files = Inward(office())
        check_files(route.name for route in self._files.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._files.handle(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._files.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def context() -> ssl.SSLContext:
    """What the port shows and whom it lets in: holders of a key that the house's authority certified."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    certificate, key = intake_certificate(SETTINGS)
    made.load_cert_chain(certificate, key)
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=office().authority.certificate.public_bytes(Encoding.DER))
    made.num_tickets = 0  # No resumption: each connection shows its certificate anew.
    return made


def run() -> None:
    """Serve until told to stop."""
    uvicorn.run(
        Intake(), host=SETTINGS.host, port=SETTINGS.intake, http=Certified, loop="uvloop", ws="none", lifespan="on",
        log_level="warning", access_log=False, server_header=False, proxy_headers=False, limit_concurrency=_MOST_AT_ONCE,
        h11_max_incomplete_event_size=_MOST_HEADER, timeout_keep_alive=_KEEPS_ALIVE, timeout_graceful_shutdown=_PATIENCE,
        ssl_context_factory=lambda _config, _default: context(),
    )  # fmt: skip
