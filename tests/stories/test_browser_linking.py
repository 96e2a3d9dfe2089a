"""The end of a shift in headless Chromium: 李 clears his queue in under a minute of clicks, and takes one link back with 张."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.served import PHONE, serving, signed_in, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.shift_home") as (found, _):
        yield found


def test_officer_clears_his_shift_in_under_a_minute(address: str, browser: Browser) -> None:
    li = signed_in(browser, address, "li")
    expect(li.locator("body")).to_contain_text("有 7 段音像还没有关联到现场活动")
    begun = time.monotonic()
    li.goto("/linking")
    li.get_by_role("button", name="核对 李").click()
    sheet = li.get_by_role("dialog")
    lines = sheet.locator("li.line")
    expect(lines).to_have_count(7)
    confirm = sheet.get_by_role("button", name="关联勾选的")
    expect(confirm).to_be_disabled()
    for number in range(1, 7):
        expect(lines.nth(number)).to_contain_text("很可能")
        expect(lines.nth(number)).to_contain_text("使用人李参加了这次活动")
        lines.nth(number).locator(".el-checkbox").click()
    sheet.get_by_role("button", name="关联勾选的 6 段").click()
    expect(sheet.get_by_role("status")).to_have_text("已关联 6 段。")
    sheet.get_by_role("button", name="关闭", exact=True).click()
    _says_there_is_no_case(li)
    took = time.monotonic() - begun
    expect(li.locator("body")).to_contain_text("没有待关联的音像")
    assert took < 60, f"用了 {took:.0f} 秒"
    li.goto("/linking?state=no-case")
    expect(li.locator(".sheet.table tbody tr")).to_have_count(1)
    expect(li.locator(".sheet.table tbody tr")).to_contain_text("试录、培训或者演练：早上领用时试机")
    li.goto("/")
    expect(li.locator("body")).not_to_contain_text("还没有关联到现场活动")


def test_link_is_taken_back_by_two_people_and_made_to_a_part(address: str, browser: Browser) -> None:
    li, zhang = signed_in(browser, address, "li"), signed_in(browser, address, "zhang")
    li.goto("/linking?state=linked")
    li.locator("tbody tr a.open").first.click()
    link = li.locator("li.link").first
    expect(link).to_contain_text("已关联：")
    link.get_by_role("button", name="解除关联").click()
    form = li.get_by_role("dialog")
    form.get_by_role("button", name="提交审批").click()
    expect(form).to_contain_text("请填写理由")
    form.locator("textarea").fill("这段拍的是邻街")
    form.get_by_role("button", name="提交审批").click()
    expect(li.get_by_role("dialog")).to_have_count(0)
    item = zhang.locator("li, tr, article").filter(has_text="解除关联").last
    zhang.reload()
    expect(item).to_contain_text("这段拍的是邻街")
    item.get_by_role("button", name="审批").click()
    form = zhang.get_by_role("dialog")
    form.locator(".el-select").first.click()
    zhang.locator(".el-select-dropdown__item:visible").filter(has_text="同意").first.click()
    form.get_by_role("button", name="提交意见").click()
    expect(zhang.get_by_role("dialog")).to_have_count(0)
    until(li, lambda: li.locator("li.link.ended").count() == 1)
    expect(li.locator("li.link.ended")).to_contain_text("这段拍的是邻街")
    li.set_viewport_size(PHONE)
    li.get_by_role("button", name="关联其他活动").first.click()
    form = li.get_by_role("dialog")
    form.locator(".field", has_text="现场活动").locator(".el-select").click()
    li.locator(".el-select-dropdown__item:visible").first.click()
    form.locator(".field", has_text="方式").first.locator(".el-select").click()
    li.locator(".el-select-dropdown__item:visible").filter(has_text="部分").click()
    form.locator(".field", has_text="片段起").locator("input").fill("0:05")
    form.locator(".field", has_text="片段止").locator("input").fill("0:12")
    form.locator(".field", has_text="依据").last.locator("input").fill("后半段在本街")
    form.get_by_role("button", name="关联", exact=True).click()
    expect(li.get_by_role("dialog")).to_have_count(0)
    expect(li.locator("li.link").first.get_by_role("button", name="00:05")).to_be_visible()


def _says_there_is_no_case(page: Page) -> None:
    row = page.locator(".sheet.table tbody tr")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="无案说明").click()
    form = page.get_by_role("dialog")
    form.locator(".el-select").first.click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text="试录").click()
    form.locator("textarea").fill("早上领用时试机")
    form.get_by_role("button", name="说明", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
