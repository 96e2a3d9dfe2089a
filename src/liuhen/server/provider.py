"""统一身份认证: OpenID Connect by authorization code with PKCE; the provider proves who logged in, and nothing else is asked of it.

What it publishes of itself is fetched from its own address and believed only where it names that address. Its token is checked whole:
key, algorithm, issuer, audience, times with a minute of leeway, and the one nonce of this log-in.
"""

import base64
import hashlib
import importlib.util
import json
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from liuhen.kernel.errors import Malformed, Refused, Unavailable
from liuhen.server.settings import Settings

_LOGGER = logging.getLogger(__name__)
_PATIENCE, _MOST_BYTES = 10, 1 << 20
_LEEWAY_SECONDS, _KEPT_SECONDS, _ANEW_SECONDS = 60, 600, 30
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_LONGEST = 300


@dataclass(slots=True)
class OidcProvider:
    """`authority` is the issuer. What it publishes is kept for ten minutes."""

    authority: str
    name: str
    client: str
    secret: str
    returns_to: str
    roots: str = ""
    _told: dict[str, Any] = field(default_factory=dict)
    _told_at: float = -_KEPT_SECONDS

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.client, "redirect_uri": self.returns_to, "scope": "openid", "state": state,
            "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._published()['authorization_endpoint']}?{urlencode(asked)}"

    def subject(self, code: str, *, nonce: str, verifier: str) -> str:
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.returns_to, "client_id": self.client, "code_verifier": verifier,
        }  # fmt: skip
        by = (quote(self.client, safe=""), quote(self.secret, safe="")) if self.secret else None
        status, told = self._call("POST", self._published()["token_endpoint"], asked, by=by)
        if status in (400, 401, 403):
            _LOGGER.warning("token endpoint: %s %s", status, told.get("error"))
            raise Refused(
                "统一身份认证没有承认这次登录", do="请回到登录页重新点一次；仍不行请告知系统管理员。"
            )
        if status != 200 or not isinstance(told.get("id_token"), str):
            raise _silent(f"token endpoint: {status}")
        return self.checked(told["id_token"], nonce=nonce)

    def checked(self, token: str, *, nonce: str) -> str:
        """Whom the token names. Raises `Refused` for one that is not the provider's, not for us, not of now, or not of this log-in."""
        import jwt

        try:
            key = self._key(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token, key, algorithms=list(_ALGORITHMS), audience=self.client, issuer=self.authority, leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "exp", "iat", "sub", "nonce"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise _forged(str(error)) from error
        if claims["nonce"] != nonce:
            raise _forged("nonce")
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.client:
            raise _forged("azp")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST:
            raise _forged("sub")
        return subject

    def _key(self, header: dict[str, Any]) -> Any:
        """The provider's key of this name; one that is not known yet is looked for once more, not more often than every half a minute."""
        import jwt

        if header.get("alg") not in _ALGORITHMS:
            raise ValueError(f"alg {header.get('alg')}")
        for _ in range(2):
            for told in self._published()["keys"]:
                fits = told.get("use", "sig") == "sig" and told.get("alg", header["alg"]) == header["alg"]
                if fits and told.get("kid") == header.get("kid") and told.get("kty") in ("RSA", "EC", "OKP"):
                    return jwt.PyJWK(told, algorithm=header["alg"])
            if time.monotonic() - self._told_at < _ANEW_SECONDS:
                break
            self._told_at = -_KEPT_SECONDS
        raise ValueError(f"kid {header.get('kid')}")

    def _published(self) -> dict[str, Any]:
        if time.monotonic() - self._told_at < _KEPT_SECONDS:
            return self._told
        status, told = self._call("GET", f"{self.authority.rstrip('/')}/.well-known/openid-configuration")
        if status != 200 or told.get("issuer") != self.authority:
            raise _silent(f"configuration: {status}, issuer {told.get('issuer')}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(str(told.get(name, ""))):
                raise _silent(f"{name}: {told.get(name)}")
        status, keys = self._call("GET", told["jwks_uri"])
        if status != 200 or not isinstance(keys.get("keys"), list):
            raise _silent(f"keys: {status}")
        self._told, self._told_at = {**told, "keys": keys["keys"]}, time.monotonic()
        return self._told

    def _call(
        self, method: str, url: str, body: dict[str, str] | None = None, *, by: tuple[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:  # fmt: skip
        """Status and body. No redirect is followed and no proxy of the environment used: it is this address or none."""
        import requests

        try:
            with requests.Session() as line:
                line.trust_env, line.verify = False, self.roots or True
                answer = line.request(
                    method, url, data=body, auth=by, timeout=_PATIENCE, allow_redirects=False, stream=True
                )
                read = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
                told = json.loads(read) if len(read) <= _MOST_BYTES else None
        except (requests.RequestException, OSError, ValueError) as error:
            raise _silent(str(error)) from error
        if not isinstance(told, dict):
            raise _silent(f"{url}: no object")
        return answer.status_code, told


def provider_of(settings: Settings) -> OidcProvider | None:
    """Raises `Malformed` for what is missing, or would carry a log-in in the clear."""
    if not settings.oidc_issuer:
        return None
    if importlib.util.find_spec("jwt") is None:
        raise Malformed("设置了统一身份认证，没有安装它的程序库", do="请安装 liuhen[oidc]。")
    for name, url in (("oidc_issuer", settings.oidc_issuer), ("oidc_return", settings.oidc_return)):
        if not is_safe(url):
            raise Malformed(f"{name} 的地址“{url}”不对", do="须以 https:// 开头；只有本机的地址可以用 http。")
    if not settings.oidc_client:
        raise Malformed("没有写明 oidc_client", do="请写本机在对方登记的客户端标识。")
    secret = Path(settings.oidc_secret).read_text().strip() if settings.oidc_secret else ""
    return OidcProvider(
        settings.oidc_issuer,
        settings.oidc_name,
        settings.oidc_client,
        secret,
        settings.oidc_return,
        settings.oidc_roots,
    )


def is_safe(url: str) -> bool:
    """An address to which a log-in may go: over TLS, or on this machine."""
    told = urlsplit(url)
    return bool(told.hostname) and (
        told.scheme == "https"
        or (told.scheme == "http" and told.hostname in ("127.0.0.1", "localhost", "::1"))
    )


def _silent(why: str) -> Unavailable:
    _LOGGER.error("统一身份认证没有给出可用的回答：%s", why)
    return Unavailable(
        "统一身份认证没有回答，暂时不能用它登录", do="请稍后再试，或者用用户名和口令登录。", retry_seconds=60
    )


def _forged(why: str) -> Refused:
    _LOGGER.warning("身份令牌不成立：%s", why)
    return Refused(
        "统一身份认证给出的令牌不成立，没有登录", do="请回到登录页重新点一次；仍不行请告知系统管理员。"
    )
