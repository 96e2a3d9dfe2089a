"""The way from the hand-out to playback over TLS, in headless Chromium: cookies bear other names there and come one by one."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.live import House
from tests.stories.served import ROOT, signed_in
from tests.stories.test_browser_day import _film, _keeper_hands_out, _plays, _uploads

from liuhen.kernel.clock import now
from liuhen.server.settings import read_settings
from liuhen.server.tls import certificate_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_officer_uploads_and_plays_over_tls(browser: Browser, tmp_path: Path) -> None:
    house = _house_with_certificate(tmp_path)
    house.start()
    try:
        _keeper_hands_out(signed_in(browser, house.url, "zhao"))
        clip = _film(tmp_path, now().replace(microsecond=0))
        li = signed_in(browser, house.url, "li")
        held = {cookie["name"]: cookie for cookie in li.context.cookies()}
        assert held.keys() == {"__Host-session", "__Host-csrftoken"}
        assert all(cookie["secure"] and cookie["sameSite"] == "Strict" for cookie in held.values())
        assert held["__Host-session"]["httpOnly"]
        _uploads(li, clip)
        _plays(li)
    finally:
        house.stop()


def _house_with_certificate(folder: Path) -> House:
    """A small home with the certificate it would serve with off loopback, served on loopback."""
    house = House(folder)
    environment = house.environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    django = {"DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
    subprocess.run(
        [sys.executable, "-m", "tests.stories.small_home"], env=environment | django, cwd=ROOT, check=True
    )
    made = certificate_of(read_settings(environment | {"LIUHEN_HOST": "192.0.2.7"}))
    assert made is not None
    house.environment |= {"LIUHEN_CERTIFICATE": str(made[0]), "LIUHEN_CERTIFICATE_KEY": str(made[1])}
    house.url, house.trusts = f"https://127.0.0.1:{house.port}", str(house.home / "keys" / "root.crt")
    return house
