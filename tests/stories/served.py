"""A home served on a free port, and people at it in headless Chromium: what the stories of the pages share."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from tests.interfaces.api.scene import PASSWORD
from tests.tables import tables_for

ROOT = Path(__file__).parents[2]
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=20_000)
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


_ENVIRONMENTS: dict[Path, dict[str, str]] = {}


def at_home(home: Path, script: str) -> None:
    """Run a few lines of Python over a home that is being served, with the powers of whoever sits at the machine."""
    subprocess.run([sys.executable, "-c", script], env=_ENVIRONMENTS[home], cwd=ROOT, check=True, timeout=60)


@contextlib.contextmanager
def serving(home: Path, maker: str, *told: str) -> Iterator[tuple[str, str]]:
    """`liuhen serve` over a home that `python -m <maker>` makes: its address, and what the maker printed last."""
    port = _free_port()
    environment = {
        **os.environ,
        **tables_for(home),
        "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings",
        "LIUHEN_HOME": str(home),
        "LIUHEN_PORT": str(port),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }
    _ENVIRONMENTS[home] = environment
    made = subprocess.run(
        [sys.executable, "-m", maker, *told],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    server = subprocess.Popen([sys.executable, "-m", "liuhen.server", "serve"], env=environment, cwd=ROOT)
    try:
        yield _answering(f"http://127.0.0.1:{port}"), (made.stdout.splitlines() or [""])[-1]
    finally:
        server.terminate()
        server.wait(30)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, address: str, login: str, **context: object) -> Page:
    """The person at his workbench."""
    context.setdefault("ignore_https_errors", address.startswith("https:"))
    page = browser.new_context(base_url=address, locale="zh-CN", viewport=DESK, **context).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(15_000)
    page.goto("/login")
    page.fill("#name", login)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("h1")).to_contain_text("好")
    return page


_STANDS = """() => document.fonts.status === 'loaded' && document.querySelector('h1, [role=alert]') !== null
    && document.querySelector('[aria-busy=true], .waiting > .line') === null"""


def choose_own(page: Page, given: str, own: str) -> None:
    """What everybody meets first in a real house: a password that another gave out is changed."""
    expect(page.get_by_text("先换成自己的口令，再办业务")).to_be_visible()
    page.get_by_role("button", name="更改口令").click()
    form = page.get_by_role("dialog")
    expect(form.locator("input")).to_have_count(3)
    for box, word in zip(form.locator("input").all(), (given, own, own), strict=True):
        box.fill(word)
    form.get_by_role("button", name="更改", exact=True).click()
    expect(page.get_by_text("先换成自己的口令，再办业务")).to_have_count(0)


class _Asked:
    """The requests of a page that are not answered yet; films are read as they play and do not count."""

    def __init__(self, page: Page) -> None:
        self.open: set[Request] = set()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _begun(self, asked: Request) -> None:
        if asked.resource_type != "media":
            self.open.add(asked)

    def _ended(self, asked: Request) -> None:
        self.open.discard(asked)


_ASKED: WeakKeyDictionary[Page, _Asked] = WeakKeyDictionary()


def settled(page: Page) -> None:
    """Wait until the page shows what it asked for: nothing under way, nothing that says it waits, for a moment."""
    if page not in _ASKED:  # What is on its way already is not known: be patient once.
        page.wait_for_load_state("networkidle")
        _ASKED[page] = _Asked(page)
    calm, end = 0, time.monotonic() + 20
    while calm < 2:
        assert time.monotonic() < end, page.locator("body").inner_text()[:2000]
        page.wait_for_timeout(40)
        calm = calm + 1 if not _ASKED[page].open and page.evaluate(_STANDS) else 0


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Reload until the worker has done its part."""
    end = time.monotonic() + 20
    while True:
        settled(page)
        if holds():
            return
        assert time.monotonic() < end, page.locator("main").inner_text()[:2000]
        page.reload()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answering(address: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(URLError, ConnectionError):
            urllib.request.urlopen(f"{address}/api/v1/door", timeout=2).close()
            return address
        time.sleep(0.2)
    pytest.fail("服务没有在六十秒内启动")
