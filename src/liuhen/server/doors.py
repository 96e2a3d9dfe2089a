"""From the settings: under which name browsers hold passkeys for this house, and the proxy whose certificates are believed."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from liuhen.apps.registry.relying import RelyingParty
from liuhen.interfaces.office import Proxy
from liuhen.kernel.errors import Malformed
from liuhen.server.settings import Settings

_SHORTEST = 32


def relying_party(settings: Settings) -> RelyingParty | None:
    """None where there is no host name: browsers make no passkeys for bare addresses. Raises `Malformed` for an origin of another name."""
    told = [name.strip() for name in settings.names.split(",")]
    name = settings.passkey_name or next((one for one in told if one and not _is_address(one)), "")
    if not name:
        return None
    scheme = "https" if settings.certificate or not settings.is_loopback else "http"
    port = "" if (scheme, settings.port) in (("https", 443), ("http", 80)) else f":{settings.port}"
    written = [one.strip().rstrip("/") for one in settings.passkey_origins.split(",") if one.strip()]
    outside = [settings.public_address.rstrip("/")] if settings.public_address else []
    origins = written or outside or [f"{scheme}://{name}{port}"]
    for origin in origins:
        host = urlsplit(origin).hostname or ""
        if host != name and not host.endswith(f".{name}"):
            raise Malformed(
                f"passkey_origins 中的 {origin} 不属于主机名 {name}",
                do="请核对 passkey_name 和 passkey_origins。",
            )
    return RelyingParty(name, frozenset(origins))


def proxy_of(settings: Settings) -> Proxy | None:
    """None where no secret is named. Raises `Malformed` for one that could be guessed."""
    if not settings.proxy_secret:
        return None
    secret = Path(settings.proxy_secret).read_text().strip()
    if len(secret) < _SHORTEST:
        raise Malformed(f"反向代理的密语短于 {_SHORTEST} 个字", do="请用 openssl rand -hex 32 另生成一个。")
    return Proxy(secret, is_enough=settings.certificate_is_enough)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
