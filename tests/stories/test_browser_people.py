"""人员与动态码在浏览器里：管理员各办各的，新人上岗；负责人先绑定动态码；对外提供之前再问一次是谁。"""

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, Page, expect
from tests.interfaces.api.scene import PASSWORD
from tests.stories.served import PHONE, choose_own, serving

pytestmark = pytest.mark.browser
OWN = "东门外三棵老槐树下-2026"
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, module_environment: pytest.MonkeyPatch
) -> Iterator[str]:
    module_environment.setenv("LIUHEN_SECOND_FACTOR", "required")
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.small_home") as (found, _):
        yield found


@pytest.fixture(scope="module")
def module_environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def code_of(seed: str, *, steps: int = 0) -> str:
    totp = TOTP(base64.b32decode(seed), 6, SHA1(), 30)  # noqa: S303  what authenticators speak
    return totp.generate(int(time.time()) + 30 * steps).decode()


def bind(page: Page) -> str:
    """What everybody of these roles meets next."""
    choose_own(page, PASSWORD, OWN)
    expect(page.get_by_text("先绑定动态码，再办业务")).to_be_visible()
    page.get_by_role("button", name="绑定动态码").click()
    seed = page.locator(".seed").inner_text()
    picture(page, "account-pairing")
    page.locator("#first").fill(code_of(seed))
    page.get_by_role("button", name="绑定", exact=True).click()
    picture(page, "account-confirmed")
    expect(page.locator(".codes li")).to_have_count(8)
    picture(page, "account-codes")
    page.get_by_role("button", name="收好了，去工作台").click()
    return seed


def once(page: Page) -> str:
    """What is shown this one time."""
    box = page.locator(".el-message-box.once")
    expect(box).to_contain_text("只显示这一次")
    told = box.locator(".el-message-box__message").inner_text().strip()
    box.get_by_role("button", name="已抄下").click()
    return told


def choose(page: Page, label: str, word: str) -> None:
    page.get_by_role("dialog").locator(".field", has_text=label).locator(".el-select").first.click()
    page.locator(".el-select-dropdown__item:visible", has_text=word).first.click()


def test_newcomer_enters_by_two_administrators_and_the_head_by_his_phone(
    address: str, browser: Browser
) -> None:
    sys = signed_in_bare(browser, address, "sys")
    bind(sys)
    sys.get_by_role("link", name="人员").first.click()
    expect(sys.get_by_role("heading", name="人员")).to_be_visible()
    picture(sys, "people")
    sys.get_by_role("button", name="登记人员").click()
    dialog = sys.get_by_role("dialog")
    dialog.get_by_label("姓名").fill("吴")
    dialog.get_by_label("警号或工号").fill("010099")
    choose(sys, "机构", "综合行政执法队")
    picture(sys, "person-form")
    dialog.get_by_role("button", name="登记", exact=True).click()
    expect(sys.get_by_role("heading", name="吴")).to_be_visible()
    sys.get_by_role("button", name="开通账号").click()
    sys.get_by_role("dialog").get_by_label("登录名").fill("wu")
    sys.get_by_role("dialog").get_by_role("button", name="开通", exact=True).click()
    password = once(sys)
    picture(sys, "person")
    person = sys.url

    sec = signed_in_bare(browser, address, "sec")
    bind(sec)
    sec.goto(person)
    sec.get_by_role("button", name="任命职务").click()
    choose(sec, "职务", "执法人员")
    sec.get_by_role("dialog").get_by_role("button", name="任命", exact=True).click()
    expect(sec.locator("td", has_text="执法人员").first).to_be_visible()
    sec.goto("/posts")
    expect(sec.get_by_role("heading", name="职务与权限")).to_be_visible()
    picture(sec, "posts")
    sec.set_viewport_size(PHONE)  # type: ignore[arg-type]
    picture(sec, "posts-phone")

    wu = signed_in_bare(browser, address, "wu", password=password)
    choose_own(wu, password, OWN)
    wu.goto("/")
    expect(wu.locator("h1")).to_contain_text("好")


def test_head_proves_himself_by_his_phone_at_log_in_and_before_giving_away(
    address: str, browser: Browser
) -> None:
    zhang = signed_in_bare(browser, address, "zhang")
    seed = bind(zhang)
    expect(zhang.locator("h1")).to_contain_text("好")
    again = browser.new_context(base_url=address, locale="zh-CN").new_page()
    again.goto("/login")
    again.fill("#name", "zhang")
    again.fill("#password", OWN)
    again.get_by_role("button", name="登录").click()
    again.locator("#code").fill(code_of(seed, steps=1))
    again.get_by_role("button", name="登录").click()
    expect(again.locator("h1")).to_contain_text("好")
    again.goto("/account")
    expect(again.get_by_text("已绑定")).to_be_visible()
    picture(again, "account")


def signed_in_bare(browser: Browser, address: str, login: str, *, password: str = PASSWORD) -> Page:
    """Signed in, wherever that leads."""
    page = browser.new_context(
        base_url=address, locale="zh-CN", viewport={"width": 1366, "height": 768}
    ).new_page()
    page.set_default_timeout(20_000)
    page.goto("/login")
    page.fill("#name", login)
    page.fill("#password", password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page
