"""The legal reviewer's day in headless Chromium, against the real server.

陈 attaches the regulation's own text, tries a second pack on the real rows, adopts it, and follows a number to the rows
behind it; 李 opens an article from a finding. 陈 wants a keeping period shortened; 许 decides, and only then it is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.engines.rules.printed import docx, paragraph
from tests.stories.served import serving, signed_in, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = [
    "街道记录办法",
    "第一章 总则",
    "第十七条 现场执法应当录像。",
    "第二十一条 录像在四十八小时内入库。",
    "第二十一条 又一条。",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.law_home") as (found, _):
        yield found


def test_shortening_waits_for_the_head_of_the_agency(address: str, browser: Browser) -> None:
    chen = signed_in(browser, address, "chen")
    _sets(chen, "一般音像记录", "24m", reason="")
    expect(_setting(chen, "一般音像记录")).to_contain_text("2年")
    _sets(chen, "一般音像记录", "6m", reason="存储空间不足")
    chen.goto("/rules?view=settings")
    expect(chen.locator("section.waiting")).to_contain_text("批准之前不生效")
    expect(_setting(chen, "一般音像记录")).to_contain_text("2年")
    head = signed_in(browser, address, "xu")
    head.goto("/")
    head.get_by_role("button", name="审批").first.click()
    dialog = head.get_by_role("dialog")
    expect(dialog).to_contain_text("缩短")
    dialog.locator(".field", has_text="意见").locator(".el-select").click()
    head.locator(".el-select-dropdown__item:visible", has_text="同意").first.click()
    dialog.get_by_role("button", name="提交意见").click()
    expect(head.get_by_role("dialog")).to_have_count(0)
    chen.goto("/rules?view=settings")
    # The page asks for settings and for what waits one after the other: both must have heard of the approval.
    waiting = chen.locator("section.waiting")
    until(chen, lambda: "6个月" in _setting(chen, "一般音像记录").inner_text() and waiting.count() == 0)


def test_reviewer_tries_adopts_and_follows_a_number_to_its_rows(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    chen = signed_in(browser, address, "chen")
    _attaches(chen, tmp_path)
    _officer_opens_the_article(signed_in(browser, address, "li"))
    _tries(chen)
    _adopts(chen)
    _follows_a_number(chen)
    _compares(chen)


def _attaches(page: Page, folder: Path) -> None:
    page.goto("/rules?view=text")
    expect(page.locator("body")).to_contain_text("还没有附上原文")
    file = folder / "办法.docx"
    file.write_bytes(docx("".join(map(paragraph, TEXT))))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("body")).to_contain_text("第二十一条印了不止一次")
    expect(page.locator("body")).to_contain_text("24 小时")
    bad = folder / "办法.pdf.txt"
    bad.write_bytes(b"%PDF-1.7")
    page.locator("input[type=file]").set_input_files(bad)
    expect(page.locator(".notice")).to_contain_text("PDF")
    page.goto("/rules")
    expect(page.locator("[id='第十七条'] .own")).to_contain_text("现场执法应当录像。")


def _officer_opens_the_article(page: Page) -> None:
    page.goto("/activities")
    page.locator("tbody tr").first.click()
    page.locator("article.finding button.cite").first.click()
    expect(page.locator(".passage:visible")).to_contain_text("我们的话")
    expect(page.locator(".passage:visible")).to_contain_text("现场执法应当录像。")


def _tries(page: Page) -> None:
    page.goto("/rules/shelf")
    pack = page.locator("li.pack", has_text="fuzhou@1")
    expect(pack).to_contain_text("未启用")
    pack.get_by_role("button", name="试算").click()
    expect(page).to_have_url(re.compile(r"/rules/trial\?kind=activate&key=fuzhou"))
    expect(page.locator("body")).to_contain_text("比对完毕")
    expect(page.locator("body")).to_contain_text("不缩短任何一类音像记录的保存期限")
    expect(page.locator("ul.rows li").first).to_be_visible()


def _adopts(page: Page) -> None:
    page.get_by_role("button", name="启用").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("同时终止")
    dialog.get_by_role("button", name="启用").click()
    expect(page.locator("body")).to_contain_text("存证第")


def _follows_a_number(page: Page) -> None:
    page.goto("/rules?pack=fuzhou")
    expect(page.locator("h1")).to_contain_text("福州")
    numbers = page.locator(".articles .standing a")
    until(page, lambda: numbers.count() > 0)
    numbers.first.click()
    expect(page).to_have_url(re.compile(r"/rules/rows\?pack=fuzhou&clause=FZH"))
    page.locator("tbody a.open").first.click()
    expect(page).to_have_url(re.compile(r"/(recordings|activities|cases)/"))
    expect(page.locator("article.finding").first).to_be_visible()


def _compares(page: Page) -> None:
    page.goto("/rules/comparison?one=subdistrict&other=fuzhou")
    expect(page.locator("section.group").first).to_contain_text("处不同")
    expect(page.locator(".differs").first).to_be_visible()


def _setting(page: Page, label: str):  # type: ignore[no-untyped-def]
    return page.locator("article.entry", has_text=label).first


def _sets(page: Page, label: str, value: str, *, reason: str) -> None:
    page.goto("/rules?view=settings")
    _setting(page, label).get_by_role("button", name="更改").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".field", has_text="值").locator("input").last.fill(value)
    if reason:
        dialog.get_by_role("button", name="定为此值").click()
        expect(dialog).to_contain_text("请写明事由")
        dialog.locator(".field", has_text="事由").locator("textarea").fill(reason)
    dialog.get_by_role("button", name="定为此值").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
