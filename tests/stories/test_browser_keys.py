"""通行密钥在浏览器里：登记、登录、再次证明、移除，钥匙由浏览器自己的虚拟认证器担任。"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.interfaces.api.scene import PASSWORD
from tests.stories.served import DESK, PHONE, at_home, choose_own, serving

pytestmark = pytest.mark.browser
OWN = "东门外三棵老槐树下-2026"
PICTURES = os.environ.get("PICTURES", "")
# Everybody proved himself an hour ago, as far as the house knows.
LONG_AGO = """
import django; django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    held = SessionStore(row.session_key)
    held["proved"] = "2026-01-05T01:00:00.000000Z"
    held.save()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIUHEN_SECOND_FACTOR", "required")
        folder = tmp_path_factory.mktemp("home") / "home"
        with serving(folder, "tests.stories.small_home") as (found, _):
            yield found.replace("127.0.0.1", "localhost"), folder


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def plug_in(page: Page) -> Any:
    """A security key that answers by itself, as the browser's own tools offer it to testers."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False, "isUserVerified": False,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    number = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return tools, number


def knock(page: Page, login: str, password: str) -> None:
    page.goto("/login")
    page.fill("#name", login)
    page.fill("#password", password)
    page.get_by_role("button", name="登录", exact=True).click()


def test_head_comes_in_by_his_key_proves_himself_by_it_and_keeps_the_last_one(
    home: tuple[str, Path], browser: Browser
) -> None:
    address, folder = home
    page = browser.new_context(base_url=address, locale="zh-CN", viewport=DESK).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    tools, number = plug_in(page)
    knock(page, "zhang", PASSWORD)
    choose_own(page, PASSWORD, OWN)
    picture(page, "keys-first")
    page.fill("#key-name", "办公桌上的")
    page.get_by_role("button", name="登记通行密钥").click()
    expect(page.locator(".keys li")).to_have_count(1)
    expect(page.get_by_text("再办业务")).to_have_count(0)
    picture(page, "keys-registered")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    picture(page, "keys-phone")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]

    page.context.clear_cookies()
    knock(page, "zhang", OWN)
    button = page.get_by_role("button", name="用通行密钥登录")
    expect(button).to_be_visible()
    picture(page, "keys-log-in")
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    button.click()
    expect(page.locator("h1")).to_contain_text("好")

    at_home(folder, LONG_AGO)
    page.goto("/account")
    page.locator(".keys li").get_by_role("button", name="移除").click()
    page.get_by_role("dialog").get_by_role("button", name="移除").click()
    proof = page.get_by_role("dialog", name="请再次证明是您本人")
    expect(proof).to_be_visible()
    picture(page, "keys-proof")
    proof.get_by_role("button", name="用通行密钥").click()
    expect(page.get_by_text("最后一件第二要素")).to_be_visible()
    picture(page, "keys-last")

    tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": number})
    other, strange = page, plug_in(page)[1]
    assert strange != number
    other.context.clear_cookies()
    knock(other, "zhang", OWN)
    other.get_by_role("button", name="用通行密钥登录").click()
    expect(other.get_by_text("没有用成通行密钥")).to_be_visible()
