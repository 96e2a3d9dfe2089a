"""A real OpenID Connect provider (`oidc-provider`) on loopback, whose signing key the test knows; and a browser at it."""

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import ec

from tests.house.tree import ROOT
from tests.live import free_port

FOLDER = ROOT / "tools" / "provider"
IS_THERE = shutil.which("node") is not None and (FOLDER / "node_modules" / "oidc-provider").is_dir()
CLIENT, SECRET, RETURN = "liuhen", "ein-geheimnis-fuer-tests", "http://127.0.0.1:8000/login/back"


@dataclass(frozen=True, slots=True)
class Idp:
    issuer: str
    key: ec.EllipticCurvePrivateKey

    def token(self, *, key: Any = None, alg: str = "ES256", kid: str = "one", **claims: Any) -> str:
        """A token as the provider would make it, but for what is told; a claim that is None is left out."""
        moment = int(_now())
        whole = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "li",
            "iat": moment,
            "exp": moment + 300,
            "nonce": "n",
        }
        told = {name: value for name, value in {**whole, **claims}.items() if value is not None}
        return jwt.encode(told, self.key if key is None else key, algorithm=alg, headers={"kid": kid})


@contextlib.contextmanager
def provider() -> Iterator[Idp]:
    port, key = free_port(), ec.generate_private_key(ec.SECP256R1())
    held = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key)) | {"kid": "one", "use": "sig", "alg": "ES256"}
    told = {
        "PATH": os.environ["PATH"], "PORT": str(port), "CLIENT": CLIENT, "SECRET": SECRET, "RETURN": RETURN, "KEYS": json.dumps({"keys": [held]}),
    }  # fmt: skip
    server = subprocess.Popen(
        ["node", str(FOLDER / "provider.mjs")],
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        while line := server.stdout.readline():
            if line.strip() == "ready":
                break
        assert line, "provider 没有启动"
        yield Idp(f"http://127.0.0.1:{port}", key)
    finally:
        server.terminate()
        server.wait(10)
        assert server.stdout is not None
        server.stdout.close()


def walk(address: str, person: str) -> dict[str, str]:
    """A browser that is sent there, names himself, agrees, and comes back: what it brings."""
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.get(address, allow_redirects=False, timeout=10)
        for _ in range(12):
            if answer.is_redirect:
                to = urljoin(answer.url, answer.headers["Location"])
                if to.startswith(RETURN):
                    return {key: values[0] for key, values in parse_qs(urlsplit(to).query).items()}
                answer = browser.get(to, allow_redirects=False, timeout=10)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert form is not None, answer.text[:2000]
            assert prompt is not None
            words = {"prompt": prompt[1], "login": person, "password": secrets.token_hex(4)}
            answer = browser.post(urljoin(answer.url, form[1]), data=words, allow_redirects=False, timeout=10)
    raise AssertionError("came not back")


def _now() -> float:
    from liuhen.kernel.clock import now

    return now().timestamp()
