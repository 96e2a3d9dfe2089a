"""An officer's day in headless Chromium, against the real server over a small home.

赵 checks a camera and hands it out; 李 plans an activity, declares, enters its times, uploads the clip, sees it stored,
plays it, links it where the house suggests, and reads the finding; 陈 reads it too; 孙 of the other agency finds nothing.
"""

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.served import serving, signed_in, until

from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.clock import BEIJING, now

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_CAMERA = "执记-01"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`liuhen serve` over a home of its own."""
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.small_home") as (found, _):
        yield found


def test_officers_day(address: str, browser: Browser, tmp_path: Path) -> None:
    _keeper_hands_out(signed_in(browser, address, "zhao"))
    filmed_at = now().replace(microsecond=0)
    clip = _film(tmp_path, filmed_at)
    li = signed_in(browser, address, "li")
    activity = _plans_and_notes(li, filmed_at)
    _uploads(li, clip)
    _plays(li)
    _links(li)
    _reads_the_finding(li, activity)
    _reviewer_reads_it_too(signed_in(browser, address, "chen"), activity)
    _stranger_finds_nothing(signed_in(browser, address, "sun"), activity)


def test_wrong_password_is_told_beside_the_form(address: str, browser: Browser) -> None:
    page = browser.new_context(base_url=address, locale="zh-CN").new_page()
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login\?to=/"))
    page.fill("#name", "zhou")
    page.fill("#password", "falsch-falsch")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或口令不对")
    assert page.input_value("#name") == "zhou"


# ── the day ────────────────────────────────────────────────────────────────────────────────────────────────────


def _keeper_hands_out(page: Page) -> None:
    page.goto("/devices")
    tile = page.locator("li.tile", has_text=_CAMERA)
    tile.get_by_role("button", name="领用").click()
    dialog = page.get_by_role("dialog")
    _choose(dialog.locator(".field", has_text="领用人"), "李（010001）")
    dialog.locator(".field", has_text="用途").locator("input").fill("上午巡查")
    lines = dialog.locator("table.checks tr")
    for number in range(lines.count()):
        lines.nth(number).get_by_text("正常", exact=True).click()
    dialog.get_by_role("button", name="领用").click()
    expect(tile).to_contain_text("领用中")
    expect(tile).to_contain_text("李")


def _plans_and_notes(page: Page, filmed_at: datetime) -> str:
    page.goto("/activities")
    page.get_by_role("button", name="登记活动").first.click()
    dialog = page.get_by_role("dialog")
    _choose(dialog.locator(".field", has_text="类型").first, "")
    dialog.locator(".field", has_text="事由").first.locator("input").fill("占道经营巡查")
    _choose(dialog.locator(".field", has_text="情形").first, "涉及人身自由")
    dialog.locator(
        "header"
    ).click()  # Several may be chosen, so the list stays open until one goes elsewhere.
    dialog.get_by_role("button", name="登记").click()
    expect(page).to_have_url(re.compile(r"/activities/[0-9a-f-]{36}$"))
    page.get_by_role("button", name="摄录申报").first.click()
    page.get_by_role("dialog").get_by_role("button", name="申报").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    start = filmed_at.astimezone(BEIJING).replace(second=0)
    page.get_by_role("button", name="登记经过").first.click()
    dialog = page.get_by_role("dialog")
    for label, at in (("到达现场", start), ("开始", start), ("结束", start + timedelta(minutes=9))):
        _enter(page, dialog.locator(".field", has_text=label).first, at)
    dialog.get_by_role("button", name="登记").click()
    expect(page.locator("h1")).to_contain_text("占道经营巡查")
    expect(page.locator("div.title")).to_contain_text("已结束")
    expect(page.locator("body")).to_contain_text("应录 9 分")
    return page.url


def _uploads(page: Page, clip: Path) -> None:
    page.goto("/recordings?upload=1")
    told: list[str] = []
    page.on(
        "response",
        lambda r: told.append(r.json()["state"]["label"]) if "/api/v1/uploads/0" in r.url else None,
    )
    page.locator("input[type=file]").set_input_files(clip)
    row = page.locator("li.file", has_text=clip.name)
    expect(row).to_contain_text("：待关联", timeout=20_000)
    end = time.monotonic() + 10
    while "已入库" not in told:  # the page may have read the answer before the test has
        assert time.monotonic() < end, told
        page.wait_for_timeout(50)
    assert set(told) <= {"校验中", "已入库"}
    expect(row).to_contain_text("存证")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/recordings/[0-9a-f-]{36}"))


def _plays(page: Page) -> None:
    until(page, lambda: page.get_by_role("button", name="登记并播放").count() == 1)
    page.get_by_role("button", name="登记并播放").click()
    video = page.locator("video")
    expect(video).to_have_count(1)
    page.get_by_role("button", name="播放", exact=True).click()
    # The page's own policy forbids what wait_for_function would evaluate in it.
    end = time.monotonic() + 15
    while video.evaluate("v => v.currentTime") <= 0.3:
        assert time.monotonic() < end, "画面没有走"
        page.wait_for_timeout(100)
    assert "/media/" in (video.get_attribute("src") or "")


def _links(page: Page) -> None:
    until(page, lambda: page.locator("li.suggestion").count() > 0)
    best = page.locator("li.suggestion").first
    expect(best).to_contain_text("占道经营巡查")
    expect(best).to_contain_text("现场申报的正是这台设备")
    best.get_by_role("button", name="关联").click()
    page.get_by_role("dialog").get_by_role("button", name="关联").click()
    expect(page.locator("body")).to_contain_text("已关联：")


def _reads_the_finding(page: Page, activity: str) -> None:
    page.goto(activity)
    card = page.locator("article.finding", has_text="全程记录")
    until(page, lambda: card.count() == 1)
    expect(card).to_contain_text("不符合")
    expect(card).to_contain_text("要求")
    expect(card.get_by_role("button", name="登记中断")).to_be_visible()
    expect(page.locator("body")).to_contain_text("缺失")
    expect(page.locator("section.due")).to_contain_text("第")


def _reviewer_reads_it_too(page: Page, activity: str) -> None:
    page.goto(activity)
    expect(page.locator("article.finding", has_text="全程记录")).to_contain_text("不符合")
    expect(page.get_by_role("button", name="登记经过")).to_have_count(0)
    expect(page.locator("body")).to_contain_text("您没有直接播放这段音像的权限")


def _stranger_finds_nothing(page: Page, activity: str) -> None:
    page.goto(activity)
    expect(page.get_by_role("alert")).to_contain_text("没有这一项")
    page.goto("/activities")
    expect(page.locator("body")).to_contain_text("这里放现场活动")
    expect(page.locator("body")).not_to_contain_text("占道经营巡查")


# ── hands ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _choose(field, words: str) -> None:  # type: ignore[no-untyped-def]
    """Open a select and take the option with these words; the first one where none are given."""
    field.locator(".el-select").click()
    options = field.page.locator(".el-select-dropdown__item:visible")
    (options.filter(has_text=words) if words else options).first.click()


def _enter(page: Page, field, at: datetime) -> None:  # type: ignore[no-untyped-def]
    box = field.locator("input")
    box.click()
    box.fill(f"{at:%Y-%m-%d %H:%M}")
    box.press("Enter")
    page.keyboard.press("Tab")


def _film(folder: Path, at: datetime) -> Path:
    shown = at.astimezone(BEIJING)
    path = folder / f"DCAM_7000001_010001_{shown:%Y%m%d}_{shown:%H%M%S}.mp4"
    make_clip(path, Clip(starts_at=at, seconds=4.0, size=(320, 180), frames_per_second=5, label="清河东路"))
    return path
