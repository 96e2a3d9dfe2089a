"""A real nginx before a real house: it verifies the certificate, says so with the secret, and nobody else is believed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.interfaces.api.slapd import Chain, make_chain
from tests.live import House, free_port

WHERE = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    WHERE is None, reason="没有 nginx，证书登录没有对着真的反向代理试过：apt-get install nginx-light"
)
SECRET = "c0ffee" * 8
# What two administrators do on their pages, done here at once; printed: the number of the link.
LINK = """
import django; django.setup()
import sys
from liuhen.apps.registry import identities, queries
from liuhen.apps.registry.identities import Shown
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import now
account = queries.account_by_login("aud")
row = identities.propose(account, Shown("certificate", sys.argv[1], sys.argv[2]), by=OPERATOR, at=now())
sec = queries.account_by_login("sec")
identities.confirm(row, by=Actor("officer", sec.officer_id, "x"), at=now())
"""
END = """
import django; django.setup()
from liuhen.apps.registry import identities
from liuhen.apps.registry.models import OutsideIdentity
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
identities.end(OutsideIdentity.objects.get(), by=OPERATOR, at=now())
"""


@dataclass(frozen=True, slots=True)
class Before:
    """nginx before the house: its address, and certificates of somebody known, of somebody else, and of another root."""

    house: House
    url: str
    site: Chain
    own: Chain
    other: Chain
    strange: Chain

    def browser(self, shown: Chain | None, url: str = "") -> "Browser":
        return Browser(url or self.url, self.site.roots, shown)

    def tell(self, script: str, *told: str) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
        subprocess.run(
            [sys.executable, "-c", script, *told], env=self.house.environment | settings, cwd=self.house.folder, check=True, timeout=60
        )  # fmt: skip


class Browser:
    def __init__(self, url: str, roots: Path, shown: Chain | None) -> None:
        self.line, self.url = requests.Session(), url
        self.line.trust_env, self.line.verify = False, str(roots)
        if shown is not None:
            self.line.cert = (str(shown.certificate), str(shown.key))
        self.get("/door")

    def get(self, path: str) -> Any:
        return self.line.get(f"{self.url}/api/v1{path}", timeout=20)

    def log_in(self, **told: str) -> Any:
        token = next(one.value for one in self.line.cookies if one.name.endswith("csrftoken"))
        sent = {"X-CSRFToken": token or "", "Origin": self.url} | told
        return self.line.post(f"{self.url}/api/v1/session/certificate", headers=sent, timeout=20)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    folder = tmp_path_factory.mktemp("proxy")
    site, port = make_chain(folder / "site", "localhost"), free_port()
    own, other = (make_chain(folder / who, who, client=True, root=site.roots) for who in ("own", "other"))
    strange = make_chain(folder / "strange", "strange", client=True)
    secret = folder / "proxy.secret"
    secret.write_text(SECRET)
    house = House(folder / "house")
    house.found()
    house.environment |= {
        "LIUHEN_PROXY_SECRET": str(secret), "LIUHEN_SECOND_FACTOR": "offered", "LIUHEN_PUBLIC_ADDRESS": f"https://localhost:{port}",
    }  # fmt: skip
    config = folder / "nginx.conf"
    config.write_text(
        (Path(__file__).parent / "nginx.conf.template").read_text().format(
            folder=folder, port=port, certificate=site.certificate, key=site.key, roots=site.roots, house=house.url, secret=SECRET
        )
    )  # fmt: skip
    house.start()
    server = subprocess.Popen(
        [str(WHERE), "-c", str(config), "-p", str(folder)],
        env={"PATH": os.environ["PATH"]},
        stderr=subprocess.PIPE,
    )
    try:
        _wait(f"https://localhost:{port}", site.roots)
        yield Before(house, f"https://localhost:{port}", site, own, other, strange)
    finally:
        server.terminate()
        server.wait(10)
        assert server.stderr is not None
        server.stderr.close()
        house.stop()


def test_certificate_that_nginx_verified_lets_in_and_nothing_else_does(before: Before) -> None:
    before.tell(LINK, "CN=\\E6\\B8\\85\\E6\\B2\\B3\\E6\\B5\\8B\\E8\\AF\\95\\E6\\A0\\B9", before.own.serial)
    own = before.browser(before.own)
    told = own.log_in()
    assert told.status_code == 200, told.text
    assert own.get("/session").json()["person"]["name"] == "丙"
    assert before.browser(before.other).log_in().status_code == 403, "not linked to anybody"
    assert before.browser(None).log_in().status_code == 403, "none shown"
    forged = {
        "X-Client-Verify": "SUCCESS", "X-Client-Issuer": "CN=x", "X-Client-Serial": before.own.serial, "X-Proxy-Secret": "d" * 48,
    }  # fmt: skip
    assert before.browser(None).log_in(**forged).status_code == 403, (
        "what a browser writes itself nginx overwrites"
    )
    past = before.browser(None, before.house.url)
    cookie = "; ".join(f"{one.name}={one.value}" for one in past.line.cookies)
    told = past.log_in(**forged, Origin=before.url, Cookie=cookie)
    assert (told.status_code, "入口" in told.json()["why"]) == (403, True), (
        "past the proxy, without its secret"
    )
    assert "certificate.forged" in before.house.verbs()
    with pytest.raises(StopIteration):  # nginx answers itself, and no cookie of the house is there.
        before.browser(before.strange).log_in()
    before.tell(END)
    assert own.get("/session").status_code == 401, "the next request"


def _wait(url: str, roots: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            requests.get(f"{url}/api/v1/door", timeout=5, verify=str(roots))
            return
        except requests.RequestException:
            assert time.monotonic() < until, "nginx 没有启动"
            time.sleep(0.1)
