"""The certificate that a reverse proxy saw, as it tells it in headers: heard only from who knows the secret.

Without the secret the headers are not there; whoever sends them without it tried to be somebody, and that has its line.
"""

import hmac
import time
from collections.abc import Mapping

from liuhen.apps.registry import identities
from liuhen.apps.registry.identities import Shown, Source
from liuhen.interfaces.office import Proxy
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused

SECRET, VERIFIED, ISSUER, SERIAL = "X-Proxy-Secret", "X-Client-Verify", "X-Client-Issuer", "X-Client-Serial"
_NOTED_EVERY, _MOST_NOTED = 600.0, 1000
_NOTED: dict[str, float] = {}


def certificate_shown(headers: Mapping[str, str], proxy: Proxy | None, *, origin: str) -> Shown:
    """Whose certificate the proxy verified. Raises `Refused` where none was shown, or not by the proxy."""
    told = headers.get(SECRET, "")
    if proxy is None or not hmac.compare_digest(told.encode(), proxy.secret.encode()):
        if told or headers.get(VERIFIED):
            _note(origin)
        raise Refused("没有经过认证证书的入口", do="请用带证书登录的地址打开页面；不知道的请问系统管理员。")
    issuer, serial = headers.get(ISSUER, "").strip(), plain_serial(headers.get(SERIAL, ""))
    if headers.get(VERIFIED) != "SUCCESS" or not issuer or not serial:
        raise Refused("浏览器没有出示有效的证书", do="请插好 UKey，关闭浏览器后重新打开，选择自己的证书。")
    return Shown(Source.CERTIFICATE, issuer, serial)


def plain_serial(text: str) -> str:
    """Hexadecimal digits alone, as the proxy writes them: no colons, no leading noughts. Empty for what is no number."""
    bare = text.strip().replace(":", "").replace(" ", "").upper().lstrip("0")
    return bare if bare and len(bare) <= 64 and set(bare) <= set("0123456789ABCDEF") else ""


def _note(origin: str) -> None:
    """One line in ten minutes for each address, and no more addresses than there is room for: it must not fill the journal."""
    clock = time.monotonic()
    if clock - _NOTED.get(origin, -_NOTED_EVERY) < _NOTED_EVERY:
        return
    if len(_NOTED) >= _MOST_NOTED:
        _NOTED.clear()
    _NOTED[origin] = clock
    identities.note_forged(origin=origin, at=now())
