"""The product's ASGI application, given the token of the station that the bench enrolled where a client sends none."""

import json
import os
from pathlib import Path

from liuhen.server.asgi import application as product

_TOKEN = json.loads(Path(Path(os.environ["BENCH_TOKEN_FILE"]).read_text()).read_text())["token"]
_HEADER = (b"authorization", f"Bearer {_TOKEN}".encode())


async def application(scope, receive, send):  # type: ignore[no-untyped-def]
    """Pass on, with the token."""
    if scope["type"] == "http" and not any(name == b"authorization" for name, _ in scope["headers"]):
        scope = {**scope, "headers": [*scope["headers"], _HEADER]}
    await product(scope, receive, send)
