"""检索 in Chromium, by keyboard alone: `/`, the words, Enter, down, Enter; the address is the state; strangers find nothing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.stories.served import PHONE, serving, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.full_home") as (found, _):
        yield found


def test_officer_finds_and_opens_by_keyboard_alone(address: str, browser: Browser) -> None:
    page = signed_in(browser, address, "li")
    page.keyboard.press("/")
    page.keyboard.type("占道")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q="))
    expect(page.locator("p.says")).to_contain_text("现场活动 1 条")
    expect(page.locator("mark").first).to_have_text("占道")
    found = page.url
    page.locator("a.hit[href^='/activities/']").first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/activities/"))
    page.go_back()
    expect(page).to_have_url(found)
    expect(page.locator("mark").first).to_have_text("占道")
    page.reload()
    expect(page.locator("mark").first).to_have_text("占道")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="检索", exact=True)).to_be_focused()


def test_stranger_finds_nothing_and_is_told_what_to_try(address: str, browser: Browser) -> None:
    page = signed_in(browser, address, "sun")
    page.goto("/search?q=占道经营")
    expect(page.locator("p.says")).to_contain_text("没有找到“占道经营”")
    expect(page.locator("a.hit")).to_have_count(0)


def test_search_on_a_phone(address: str, browser: Browser) -> None:
    page = signed_in(browser, address, "li")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("link", name="检索").click()
    page.get_by_role("textbox", name="检索的词句").fill("7000001")
    page.get_by_role("button", name="检索").click()
    expect(page.locator("p.says")).to_contain_text("音像资料")
    assert page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth") == 0
