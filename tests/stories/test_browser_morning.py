"""Eight in the morning in headless Chromium: thirty cameras handed out by keyboard alone; one that breaks goes to repair."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.served import PHONE, serving, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CAMERAS = 30


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.morning_home") as (found, _):
        yield found


def test_thirty_cameras_go_out_by_keyboard_alone(
    address: str, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    zhao = signed_in(browser, address, "zhao")
    zhao.goto("/hand-out")
    expect(zhao.locator("#scanner")).to_be_focused()
    zhao.keyboard.press("Shift+Tab")
    zhao.keyboard.type("上午巡查")
    zhao.keyboard.press("Enter")
    expect(zhao.locator("#scanner")).to_be_focused()
    lines, keys, begun = 3, 0, time.monotonic()
    for number in range(1, CAMERAS + 1):
        keys += _typed(zhao, f"80000{number:02d}") + _typed(zhao, f"0300{number:02d}")
        for _ in range(lines + 1):
            zhao.keyboard.press("Enter")
        keys += lines + 1
        expect(zhao.locator("main").get_by_role("status")).to_contain_text(
            f"本次已领出 {number} 台，最近：队员{number:02d}已领用"
        )
    took = time.monotonic() - begun
    with capsys.disabled():
        print(f"\n领用台：{CAMERAS} 台用了 {took:.1f} 秒，每台 {keys / CAMERAS:.0f} 次按键")
    assert took < 90
    expect(zhao.locator(".tile", has_text="队员30领用中")).to_have_count(1)
    _refuses(zhao)
    zhao.get_by_role("link", name="打印领用单").click()
    expect(zhao.locator("main")).to_contain_text("音像记录设备领用单")
    expect(zhao.locator("main")).to_contain_text("队员30（030030）")
    zhao.goto("/devices?state=issued")
    expect(zhao.locator("li.tile")).to_have_count(CAMERAS)


def _typed(page: Page, word: str) -> int:
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    return len(word) + 1


def _refuses(zhao: Page) -> None:
    """What is out, what is unknown, and what fails a line does not go out; each says so and waits for the next."""
    _typed(zhao, "8000001")
    expect(zhao.locator("main").get_by_role("alert")).to_contain_text("不能领用：队员01领用中")
    _typed(zhao, "999")
    expect(zhao.locator("main").get_by_role("alert")).to_contain_text("再扫一次")
    _typed(zhao, "7000001")
    _typed(zhao, "010001")
    zhao.keyboard.press("Enter")
    zhao.keyboard.press("2")
    zhao.keyboard.press("Enter")
    zhao.keyboard.press("Enter")
    expect(zhao.locator("main").get_by_role("alert")).to_contain_text("执记-01 检查没有通过：内存空间")
    zhao.keyboard.press("Escape")
    expect(zhao.locator("main").get_by_role("status")).to_contain_text(f"本次已领出 {CAMERAS} 台")


def test_broken_camera_is_reported_checked_and_sent_to_repair(address: str, browser: Browser) -> None:
    li, zhao = signed_in(browser, address, "li"), signed_in(browser, address, "zhao")
    li.goto("/devices?q=执记-02")
    li.get_by_role("link", name="执记-02").click()
    _fill(li, "报故障", "报告", 现象="开机黑屏")
    expect(li.locator("main")).to_contain_text("故障停用")
    zhao.goto(li.url)
    expect(zhao.locator("main")).to_contain_text("李发现：开机黑屏")
    zhao.get_by_role("button", name="核实故障").first.click()
    form = zhao.get_by_role("dialog")
    form.locator(".el-select").first.click()
    zhao.locator(".el-select-dropdown__item:visible").filter(has_text="是").first.click()
    form.locator("textarea").fill("换电池后仍黑屏")
    form.get_by_role("button", name="登记核实结果").click()
    expect(zhao.get_by_role("dialog")).to_have_count(0)
    zhao.get_by_role("button", name="办理维修").first.click()
    form = zhao.get_by_role("dialog")
    form.locator(".el-select").first.click()
    zhao.locator(".el-select-dropdown__item:visible").filter(has_text="送修").first.click()
    form.get_by_role("button", name="登记", exact=True).click()
    expect(zhao.get_by_role("dialog")).to_have_count(0)
    expect(zhao.locator("main")).to_contain_text("检修")
    zhao.set_viewport_size(PHONE)
    wide = zhao.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def _fill(page: Page, button: str, submit: str, **told: str) -> None:
    page.get_by_role("button", name=button, exact=True).first.click()
    form = page.get_by_role("dialog")
    for label, value in told.items():
        form.locator(".field", has_text=label).locator("textarea, input").first.fill(value)
    form.get_by_role("button", name=submit, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_list_of_devices_goes_in_whole_or_not_at_all(address: str, browser: Browser) -> None:
    zhao = signed_in(browser, address, "zhao")
    zhao.goto("/devices")
    zhao.get_by_role("button", name="导入清单").click()
    head = "设备编号,产品序号,类型,型号,购置日期,原价,批次,存放地点\n"
    chooser = zhao.locator("input[type=file]")
    bad = f"{head}新-1,9001,执法记录仪\n新-2,9001,照相机\n".encode("gb18030")
    chooser.set_input_files({"name": "清单.csv", "mimeType": "text/csv", "buffer": bad})
    expect(zhao.locator("main")).to_contain_text("可以导入 1 台，已在台账 0 台，不合要求 1 行")
    expect(zhao.locator("main")).to_contain_text("产品序号在表中重复")
    expect(zhao.get_by_role("button", name="全部导入")).to_have_count(0)
    good = f"{head}新-1,9001,执法记录仪,测试型 B,2026/3/1,1850.00,一批,一号柜\n".encode("gb18030")
    chooser.set_input_files({"name": "清单.csv", "mimeType": "text/csv", "buffer": good})
    zhao.get_by_role("button", name="全部导入").click()
    zhao.wait_for_url("**/devices")
    zhao.goto("/devices?q=新-1")
    zhao.locator("main").get_by_role("link", name="新-1").click()
    expect(zhao.locator("main")).to_contain_text("1850.00 元")
